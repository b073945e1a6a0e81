"""What drawing maps and measuring them have in common."""

from dataclasses import dataclass, field
from typing import Any, Literal

from yolo_slice.cam.method_list import check_method, list_methods, method_key
from yolo_slice.errors import SliceError

SALIENCY = "saliency"  # no class activation map: where models sample that have saliency sampling
METHOD_KEYS = tuple(method.key for method in list_methods())


@dataclass(frozen=True, slots=True, kw_only=True)
class MapSettings:
    """How maps are made.

    Attributes:
        model: Weights or model file, or several with commas; for drise an exported file or folder, too.
        method: Methods, with commas between them. Papers show gradcam, which on a detector is little better than
            chance: docs/cam.md.
        layers: Numbers of the layers to look at; default: all inputs of the head.
        merge: How the maps of several layers become one.
        conf: Score from which something counts as detected.
        imgsz: Size in pixels of the model's input; default: as it was trained.
        device: cpu, 0, mps, ...; default: a GPU if there is one.
        batch: Images explained together; of drise masked images.
        masks: Masked images of drise: more take longer and make smoother maps.
        seed: Decides drise's masks.
        project: Folder of the runs.
        exist_ok: Write into an existing run.
    """

    model: tuple[str, ...]
    method: tuple[str, ...] = field(default=("hirescam",), metadata={"examples": METHOD_KEYS})
    layers: tuple[int, ...] | None = None
    merge: Literal["max", "mean"] = "max"
    conf: float = 0.25
    imgsz: int | None = None
    device: str | None = None
    batch: int = 8
    masks: int = 1000
    seed: int = 0
    project: str = "runs/cam"
    exist_ok: bool = False

    def __post_init__(self) -> None:
        for key in ("model", "method"):
            if not getattr(self, key):
                raise SliceError(f"{key}= is empty")
        for method in self.method:
            if not (self.may_draw_sampling and method_key(method) == SALIENCY):
                check_method(method)
        self.require_at_least(1, "batch", "imgsz", "masks")
        self.require_at_least(0, "conf", "seed")
        if self.conf >= 1:
            raise SliceError(f"conf={self.conf:g}: expected a confidence from 0 to below 1")

    @property
    def may_draw_sampling(self) -> bool:
        """Whether method=saliency is one of these settings' methods."""
        return False

    @property
    def of_explainer(self) -> dict[str, Any]:
        """What an Explainer needs to know besides model and method."""
        return {
            key: getattr(self, key) for key in ("layers", "merge", "conf", "imgsz", "device", "batch", "masks", "seed")
        }

    def require_at_least(self, smallest: int, *keys: str) -> None:
        """Refuse a setting that is given and smaller."""
        for key in keys:
            value = getattr(self, key)
            if value is not None and value < smallest:
                raise SliceError(f"{key}={value}: expected {smallest} or more")
