"""How bright a video's maps are drawn: each frame by its own maximum, or by the maximum of the last seconds."""

from typing import Literal

import numpy as np
from numpy.typing import NDArray

HALF_LIFE_S = 2.0  # the remembered maximum halves in this time


class VideoScale:
    """Scales the maps of one video.

    A map is divided by its own maximum, so weak evidence looks like strong, and the brightness of a video jumps from
    frame to frame. "running" divides by the largest maximum so far instead, which fades with a half-life of 2 seconds.

    Args:
        mode: "frame" or "running".
        fps: Frames a second.

    Example:
        >>> scale, heat = VideoScale("running", fps=0.5), np.ones((1, 1), np.float32)
        >>> [round(float(scale(heat, peak)[0, 0]), 3) for peak in (4, 1, 1, 1)]  # 1/4, then the maximum is 2, 1, 1
        [1.0, 0.5, 1.0, 1.0]
    """

    def __init__(self, mode: Literal["running", "frame"], fps: float) -> None:
        self._keep = 0.5 ** (1 / (HALF_LIFE_S * fps)) if mode == "running" else 0.0
        self._reference = 0.0

    def __call__(self, heat: NDArray[np.float32], peak: float) -> NDArray[np.float32]:
        """Return the frame's map in [0, 1]; `peak` is what it was divided by."""
        self._reference = max(peak, self._keep * self._reference)
        return heat * np.float32(peak / self._reference) if self._reference else heat
