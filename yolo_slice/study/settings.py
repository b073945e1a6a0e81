"""The settings of a study."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

Action = Literal["report"]


@dataclass(frozen=True, slots=True, kw_only=True)
class StudySettings:
    """Train many models with many seeds, and say which are better: `yolo train` for each model, data set and seed.

    Attributes:
        folder: Folder of a study that exists: go on with it.
        action: With folder: report writes the report of what is finished, and trains nothing.
        models: Arms: a model of Ultralytics or yolo-slice (yolov8n-slicesamp) or a model file, both from random
            weights; trained weights (best.pt); trained weights converted as by `yolo-slice convert` (best.pt:spd).
        data: Data YAML, several with commas.
        seeds: How many seeds, from 0 on; or, with a comma, which: 3,7 (one: 7,).
        baseline: Arm that all others are compared with; default: the first.
        name: Name of the study; default: that of its first data set.
        project: Folder of all studies.
        devices: Where trainings run, one at a time for each: cpu, 0, mps, cpu,cpu, 0,1,2,3; default: the first GPU,
            else cpu.
        cluster: Ray cluster to train on, instead: auto, or HOST:PORT; a training gets a GPU, or a core
            if there are none.
        retry: Try again what has failed.
        train: Any argument of `yolo train`, the same for every training.
    """

    folder: Path | None = None
    action: Action | None = None
    models: tuple[str, ...] = ()
    data: tuple[str, ...] = ()
    seeds: str = "5"
    baseline: str | None = None
    name: str | None = None
    project: str = "runs/study"
    devices: tuple[str, ...] = ()
    cluster: str | None = None
    retry: bool = False
    train: Mapping[str, str] = field(default_factory=dict, metadata={"rest": True})
