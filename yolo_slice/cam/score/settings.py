"""The settings of a measurement."""

from dataclasses import dataclass
from typing import Literal

from yolo_slice.cam.settings import MapSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreSettings(MapSettings):
    """Measure on labelled images how far maps can be trusted.

    Attributes:
        data: Data YAML of a data set with boxes.
        split: Split of the data set.
        classes: Only these classes of the data set; default: all that the model knows by name.
        images: Draw so many images; default: all with a labelled object.
        perturbed: Measure insertion and deletion on so many of them; 0: not at all.
        steps: Pictures of one insertion or deletion curve, less one.
        tolerance: Pixels that the pointing game allows beside a box.
        seed: Decides which images are drawn, the random maps, drise's masks and the order of equal pixels.
        name: Name of the run; a number is added to one that exists.
    """

    model: tuple[str, ...]
    data: str
    split: Literal["train", "val", "test"] = "val"
    classes: tuple[str, ...] | None = None
    images: int | None = None
    perturbed: int = 10
    steps: int = 20
    tolerance: float = 15.0
    name: str = "score"

    def __post_init__(self) -> None:
        MapSettings.__post_init__(self)  # super() does not work in a class with slots that a decorator makes
        self.require_at_least(1, "images", "steps")
        self.require_at_least(0, "perturbed", "tolerance")
