"""Models built from a model file without Ultralytics' search for files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import yaml

if TYPE_CHECKING:  # the other facts of a run are read, and its faults told, before torch is loaded
    from torch import nn


def build_model(file: Path, scale: str) -> nn.Module:
    """Build one scale of a detection model file, weights random.

    Args:
        file: Model file; its place does not matter (Ultralytics would read a scale out of folder names).
        scale: A key of the file's `scales`.
    """
    from ultralytics.nn.tasks import DetectionModel

    model = yaml.safe_load(file.read_text(encoding="utf-8"))
    return DetectionModel({**model, "scale": scale, "yaml_file": file.name}, verbose=False)


def build_named(name: str) -> nn.Module:
    """Build the detection model of a name, stock or derived, `.yaml` left out, weights random."""
    from ultralytics.nn.tasks import DetectionModel

    return DetectionModel(f"{name}.yaml", verbose=False)


def summary_gflops(model: nn.Module, imgsz: int = 640) -> float:
    """Return the GFLOPs that Ultralytics prints in a model's summary, for one square image of `imgsz` pixels."""
    from ultralytics.utils.torch_utils import get_flops

    return get_flops(model, imgsz)
