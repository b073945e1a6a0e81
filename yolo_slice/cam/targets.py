"""What is explained, as data: a target picks the logits whose sum is differentiated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import numpy as np

from yolo_slice.cam.detection import Detection
from yolo_slice.errors import SliceError
from yolo_slice.overlap import overlap

if TYPE_CHECKING:  # a misspelt class is noticed before torch is loaded
    from torch import Tensor

    from yolo_slice.cam.maps.image_scores import ImageScores


@dataclass(frozen=True, slots=True)
class Pick:
    """The logits that a target picks in one image.

    Args:
        classes: (n,) indices of classes.
        anchors: (n,) indices of anchors, one for each class.
        label: The target in words.
        message: Why nothing is picked; "" when something is.
    """

    classes: Tensor
    anchors: Tensor
    label: str
    message: str = ""

    def detections(self, image: ImageScores) -> tuple[Detection, ...]:
        """Return the detections whose scores are picked."""
        pairs = set(zip(self.classes.tolist(), self.anchors.tolist(), strict=True))
        found = zip(image.detections, image.anchors, strict=True)
        return tuple(detection for detection, anchor in found if (detection.class_id, anchor) in pairs)


@runtime_checkable
class Target(Protocol):
    """Anything that picks logits: the targets below, or one of your own."""

    def pick(self, image: ImageScores) -> Pick:
        """Return the logits to explain in this image."""
        ...


@dataclass(frozen=True, slots=True)
class ClassTarget:
    """One class: its logits at every anchor whose score for this class exceeds `conf`; where none does, nothing.

    For a classifier, which has one logit a class and no threshold, that logit.
    """

    class_id: int

    def pick(self, image: ImageScores) -> Pick:
        if self.class_id not in image.names:
            raise SliceError(f"ClassTarget({self.class_id}): the model has classes 0 to {len(image.names) - 1}")
        confidences = image.confidences[self.class_id]
        anchors = (confidences > -1 if image.conf is None else confidences > image.conf).nonzero().flatten()
        name = image.names[self.class_id]
        highest = f"its highest score is {confidences.max().item():.2g}"
        message = "" if len(anchors) else f"no {name} above conf={image.conf:g}: {highest}"
        return Pick(anchors.new_full(anchors.shape, self.class_id), anchors, name, message)


@dataclass(frozen=True, slots=True)
class DetectionTarget:
    """One detection, by its index in what `Explainer.detect` returns: the logit of its class at its anchor."""

    index: int

    def pick(self, image: ImageScores) -> Pick:
        if not 0 <= self.index < len(image.detections):
            return _nothing(image, f"detection {self.index}", f"no detection {self.index}: {_found(image)}")
        found = image.detections[self.index]
        at = image.confidences.new_tensor
        classes, anchors = at([found.class_id]).long(), at([image.anchors[self.index]]).long()
        return Pick(classes, anchors, f"{found.name} {found.score:.2f}")


@dataclass(frozen=True, slots=True)
class BoxTarget:
    """The detection that overlaps this box most (IoU >= 0.5), of this class or, with None, of any.

    Args:
        xyxy: Left, top, right and bottom edge in pixels of the original image.
        class_id: Class that the detection must have.
    """

    xyxy: tuple[float, float, float, float]
    class_id: int | None = None

    def pick(self, image: ImageScores) -> Pick:
        allowed = [i for i, d in enumerate(image.detections) if self.class_id in (None, d.class_id)]
        boxes = np.array([image.detections[i].xyxy for i in allowed], dtype=np.float64).reshape(-1, 4)
        overlaps = overlap(np.array(self.xyxy, dtype=np.float64), boxes)
        if overlaps.max(initial=0) >= 0.5:
            return DetectionTarget(allowed[overlaps.argmax()]).pick(image)
        name = "detection" if self.class_id is None else image.names[self.class_id]
        box = ", ".join(f"{side:g}" for side in self.xyxy)
        return _nothing(image, f"box {box}", f"no {name} overlaps the box {box} by IoU 0.5: {_found(image)}")


@dataclass(frozen=True, slots=True)
class AllTarget:
    """Everything detected: the logit of every class at every anchor where its score exceeds `conf`.

    For a classifier the class that it predicts.
    """

    def pick(self, image: ImageScores) -> Pick:
        if image.conf is None:
            return ClassTarget(int(image.confidences[:, 0].argmax())).pick(image)
        classes, anchors = (image.confidences > image.conf).nonzero(as_tuple=True)
        message = "" if len(anchors) else f"no detections above conf={image.conf:g}"
        return Pick(classes, anchors, "all detections", message)


@dataclass(frozen=True, slots=True)
class UnionTarget:
    """Several targets in one map: the sum of their logits, each counted once."""

    parts: tuple[Target, ...]

    def pick(self, image: ImageScores) -> Pick:
        import torch

        picks = [part.pick(image) for part in self.parts]
        pairs = torch.stack([torch.cat([p.classes for p in picks]), torch.cat([p.anchors for p in picks])])
        classes, anchors = pairs.unique(dim=1)
        message = "" if len(anchors) else "; ".join(p.message for p in picks)
        return Pick(classes, anchors, " + ".join(p.label for p in picks), message)


def _nothing(image: ImageScores, label: str, message: str) -> Pick:
    none = image.confidences.new_zeros(0).long()
    return Pick(none, none, label, message)


def _found(image: ImageScores) -> str:
    return f"{len(image.detections)} found" if image.detections else "nothing was detected"
