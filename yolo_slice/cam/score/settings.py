"""The settings of a measurement."""

from dataclasses import dataclass
from typing import Literal

from yolo_slice.errors import SliceError


@dataclass(frozen=True, slots=True)
class ScoreSettings:
    """What `yolo-slice cam score` measures; the command's help describes each setting."""

    model: list[str]
    data: str
    split: Literal["train", "val", "test"] = "val"
    classes: list[str] | None = None
    method: tuple[str, ...] | list[str] = ("hirescam",)
    layers: list[int] | None = None
    merge: Literal["max", "mean"] = "max"
    images: int | None = None
    perturbed: int = 10
    steps: int = 20
    tolerance: float = 15.0
    conf: float = 0.25
    imgsz: int | None = None
    device: str | None = None
    batch: int = 8
    seed: int = 0
    project: str = "runs/cam"
    name: str = "score"
    exist_ok: bool = False

    def __post_init__(self) -> None:
        for key in ("model", "method"):
            if not getattr(self, key):
                raise SliceError(f"{key}= is empty")
        for key in ("images", "batch", "steps"):
            if getattr(self, key) is not None and getattr(self, key) < 1:
                raise SliceError(f"{key}={getattr(self, key)}: expected 1 or more")
        for key in ("perturbed", "tolerance", "seed"):
            if getattr(self, key) < 0:
                raise SliceError(f"{key}={getattr(self, key)}: expected 0 or more")
