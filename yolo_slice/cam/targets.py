"""What is explained, as data: a target names the logits whose sum is differentiated."""

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class ClassTarget:
    """One class: its logits at every anchor whose score for this class exceeds `conf` (nothing there: a blank map).

    For a classifier, which has one logit a class and no threshold, that logit.
    """

    class_id: int


@dataclass(frozen=True, slots=True)
class DetectionTarget:
    """One detection, by its index in what `Explainer.detect` returns: the logit of its class at the anchor it came from."""

    index: int


@dataclass(frozen=True, slots=True)
class BoxTarget:
    """The detection that overlaps this box most (IoU >= 0.5), of this class or, with None, of any.

    Args:
        xyxy: Left, top, right and bottom edge in pixels of the original image.
        class_id: Class that the detection must have.
    """

    xyxy: tuple[float, float, float, float]
    class_id: int | None = None


@dataclass(frozen=True, slots=True)
class AllTarget:
    """Every detection above `conf`: the sum of each one's logit of its own class."""


@dataclass(frozen=True, slots=True)
class UnionTarget:
    """Several targets in one map: the sum of their logits."""

    parts: "tuple[Target, ...]"


Target: TypeAlias = ClassTarget | DetectionTarget | BoxTarget | AllTarget | UnionTarget
