"""How bright a video's maps are drawn: each frame by its own maximum, or by the maximum of the last seconds."""

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from yolo_slice.cam.explanation import Explanation

HALF_LIFE_S = 2.0  # the remembered maximum halves in this time


class VideoScale:
    """Scales the maps of one video.

    A map is divided by its own maximum, so weak evidence looks like strong, and the brightness of a video jumps from
    frame to frame. "running" divides each layer's map by its largest maximum so far instead, which fades with a
    half-life of 2 seconds.

    Args:
        mode: "frame" or "running".
        merge: How the maps of several layers become one.
        fps: Frames a second.
    """

    def __init__(self, mode: Literal["running", "frame"], merge: Literal["max", "mean"], fps: float) -> None:
        self._is_running = mode == "running"
        self._merge = np.max if merge == "max" else np.mean
        self._keep = 0.5 ** (1 / (HALF_LIFE_S * fps))
        self._references: dict[int, float] = {}

    def __call__(self, explanation: Explanation) -> NDArray[np.float32]:
        """Return the frame's map, (H, W) in [0, 1]."""
        for layer, reference in self._references.items():
            self._references[layer] = self._keep * reference
        for layer, peak in explanation.peaks.items():
            self._references[layer] = max(peak, self._references.get(layer, 0.0))
        if not self._is_running:
            return explanation.heat
        maps = [m * (explanation.peaks[i] / (self._references[i] or 1.0)) for i, m in explanation.layers.items()]
        return np.asarray(self._merge(maps, axis=0), np.float32)
