"""The settings of a run, and how they are written beside its results."""

import shlex
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal

import yaml

from yolo_slice.errors import SliceError


@dataclass(frozen=True, slots=True)
class CamSettings:
    """What `yolo-slice cam` draws; the command's help describes each setting."""

    model: list[str]
    source: str
    classes: list[str] | None = None
    target: str | None = None
    method: tuple[str, ...] | list[str] = ("hirescam",)
    layers: list[int] | None = None
    merge: Literal["max", "mean"] = "max"
    conf: float = 0.25
    imgsz: int | None = None
    device: str | None = None
    batch: int = 8
    colormap: str = "inferno"
    alpha: float = 0.5
    boxes: bool = True
    vid_stride: int = 1
    video_scale: Literal["running", "frame"] = "running"
    save_npy: bool = True
    sheet: bool = True
    rows: int = 20
    project: str = "runs/cam"
    name: str = "cam"
    exist_ok: bool = False

    def __post_init__(self) -> None:
        for key in ("model", "method"):
            if not getattr(self, key):
                raise SliceError(f"{key}= is empty")
        for key in ("batch", "rows"):
            if getattr(self, key) < 1:
                raise SliceError(f"{key}={getattr(self, key)}: expected 1 or more")


def describe_run(command: str, settings: Any) -> str:
    """Return the settings as YAML, headed by the command line that repeats the run.

    Example:
        >>> print(describe_run("yolo-slice cam", CamSettings(["a.pt", "b.pt"], "bus.jpg", conf=0.5)).splitlines()[0])
        # yolo-slice cam model=a.pt,b.pt source=bus.jpg conf=0.5
    """
    changed = [f for f in fields(settings) if getattr(settings, f.name) != f.default]
    words = [shlex.quote(f"{f.name}={_written(getattr(settings, f.name))}") for f in changed]
    values = {key: list(value) if isinstance(value, tuple) else value for key, value in asdict(settings).items()}
    return f"# {command} {' '.join(words)}\n" + yaml.safe_dump(values, sort_keys=False, allow_unicode=True)


def _written(value: object) -> str:
    return ",".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)
