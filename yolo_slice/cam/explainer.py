"""Explains what a detector looks at: loads and prepares a model once, then explains many images."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from torch import nn

from yolo_slice.cam.explanation import Detection, Explanation
from yolo_slice.cam.targets import Target


class Explainer:
    """Explains what a detector looks at."""

    names: dict[int, str]
    layers: tuple[int, ...]
    description: str  # the choice of layers as text, to be printed

    def __init__(
        self,
        model: str | Path | nn.Module,
        method: str = "gradcam",
        layers: Sequence[int] | None = None,
        conf: float = 0.25,
        imgsz: int = 640,
        merge: Literal["max", "mean"] = "max",
        device: str | None = None,
    ) -> None:
        raise NotImplementedError

    def detect(self, images: Sequence[NDArray[np.uint8]]) -> list[list[Detection]]:
        """Detect objects in each (H, W, 3) BGR image."""
        raise NotImplementedError

    def explain(
        self, images: Sequence[NDArray[np.uint8]], targets: Sequence[Sequence[Target]]
    ) -> list[list[Explanation]]:
        """Explain each image's targets."""
        raise NotImplementedError
