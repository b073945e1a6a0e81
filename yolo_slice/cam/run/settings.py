"""The settings of a run, and how they are written beside its results."""

import shlex
from dataclasses import asdict, dataclass
from typing import Any, Literal

import yaml

from yolo_slice.cam.method_list import method_key
from yolo_slice.cam.settings import SALIENCY, MapSettings
from yolo_slice.errors import SliceError, one_line
from yolo_slice.settings import settings_of, written


@dataclass(frozen=True, slots=True, kw_only=True)
class CamSettings(MapSettings):
    """Draw what a network looks at: class activation maps of images, folders, videos and streams.

    Attributes:
        model: Weights or model file, or several with commas: one column of the contact sheet each.
        source: Image, folder, glob, video, list of files (.txt), stream, camera number or screen.
        classes: Explain these classes, one map each; without it and target=, all detections in one map.
        target: Explain one thing: "#0" is the surest detection, "10,20,200,300" the one in this box (xyxy, pixels),
            "all" all detections.
        colormap: inferno, viridis, cividis (safe for the colour-blind), jet (what most papers show), or another of
            OpenCV's.
        alpha: Opacity of the map, 0 to 1.
        boxes: Draw the boxes that are explained.
        vid_stride: Take every n-th frame of a video.
        video_scale: Brightness of a video's maps: running (by the maximum of the last seconds, steady) or frame (each
            frame by its own).
        save_npy: Write each image's map as .npy, too.
        sheet: Write contact sheets (PNG and HTML).
        rows: Rows of one contact sheet.
        name: Name of the run; a number is added to one that exists.
    """

    model: tuple[str, ...]
    source: str
    classes: tuple[str, ...] | None = None
    target: str | None = None
    colormap: str = "inferno"
    alpha: float = 0.5
    boxes: bool = True
    vid_stride: int = 1
    video_scale: Literal["running", "frame"] = "running"
    save_npy: bool = True
    sheet: bool = True
    rows: int = 20
    name: str = "cam"

    def __post_init__(self) -> None:
        MapSettings.__post_init__(self)  # super() does not work in a class with slots that a decorator makes
        self.require_at_least(1, "rows", "vid_stride")
        if self.draws_sampling and len(self.method) > 1:
            raise SliceError("method=saliency stands alone: it shows where a model samples, and not what it looks at")
        if self.draws_sampling and (self.classes or self.target):
            raise SliceError("method=saliency takes neither classes= nor target=: a model samples alike for all")

    @property
    def may_draw_sampling(self) -> bool:
        """True."""
        return True

    @property
    def draws_sampling(self) -> bool:
        """Whether to draw where models sample, instead of class activation maps."""
        return SALIENCY in map(method_key, self.method)


def describe_run(command: str, settings: Any) -> str:
    """Return the settings as YAML, headed by the command line that repeats the run.

    Example:
        >>> settings = CamSettings(model=("a.pt", "b.pt"), source="bus.jpg", conf=0.5)
        >>> print(describe_run("yolo-slice cam", settings).splitlines()[0])
        # yolo-slice cam model=a.pt,b.pt source=bus.jpg conf=0.5
    """
    names = [s.name for s in settings_of(type(settings)) if getattr(settings, s.name) != s.default]
    words = [shlex.quote(f"{name}={written(getattr(settings, name))}") for name in names]
    values = {key: list(value) if isinstance(value, tuple) else value for key, value in asdict(settings).items()}
    return f"# {one_line(' '.join([command, *words]))}\n" + yaml.safe_dump(values, sort_keys=False, allow_unicode=True)
