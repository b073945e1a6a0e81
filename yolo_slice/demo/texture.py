"""Noise, strokes and blends that the drawn landscapes are made of."""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

Image = NDArray[np.floating]  # float32, (H, W) or (H, W, 3) BGR; sums and products of them may be float64
Points = NDArray[np.floating]  # (N, 2) x, y
Rng = np.random.Generator


def f32(values: ArrayLike) -> Points:
    """Return an array of single precision."""
    return np.asarray(values, np.float32)


def fractal_noise(rng: Rng, hw: tuple[int, ...], period: float, octaves: int = 4, gain: float = 0.55) -> Image:
    """Draw smooth noise, stretched to [0, 1]; period: pixels between the bumps of its coarsest octave."""
    total = np.zeros(hw, np.float32)
    for octave in range(octaves):
        cells = [round(pixels / period * 2**octave) + 2 for pixels in hw]
        grid = rng.random(cells, dtype=np.float32)
        total += gain**octave * cv2.resize(grid, hw[::-1], interpolation=cv2.INTER_CUBIC)
    return (total - total.min()) / np.ptp(total)


def smoothstep(low: float, high: float, x: Image) -> Image:
    """Rise smoothly from 0 at x <= low to 1 at x >= high."""
    t = np.clip((x - low) / (high - low), 0, 1)
    return f32(t * t * (3 - 2 * t))


def blend(image: Image, colour: Image | tuple[float, float, float], weight: Image) -> None:
    """Move an (H, W, 3) image in place towards a colour or another image, by (H, W) weights in [0, 1]."""
    image += (f32(colour) - image) * f32(weight)[..., None]


def stroke(hw: tuple[int, ...], lines: Sequence[Points], width_px: int, closed: bool = False) -> Image:
    """Return the (H, W) coverage in [0, 1] of anti-aliased lines through (N, 2) points."""
    mask = np.zeros(hw, np.uint8)
    fixed = [np.round(line * 16).astype(np.int32) for line in lines]
    cv2.polylines(mask, fixed, closed, 255, width_px, cv2.LINE_AA, shift=4)
    return f32(mask) / 255


def fill(hw: tuple[int, ...], polygon: Points) -> Image:
    """Return the (H, W) coverage in [0, 1] of an anti-aliased convex or concave polygon of (N, 2) points."""
    mask = np.zeros(hw, np.uint8)
    cv2.fillPoly(mask, [np.round(polygon * 16).astype(np.int32)], 255, cv2.LINE_AA, shift=4)
    return f32(mask) / 255


def shift(mask: Image, dx: float, dy: float) -> Image:
    """Move a mask by a fraction of pixels; what enters at the border is 0."""
    return f32(cv2.warpAffine(mask, f32([[1, 0, dx], [0, 1, dy]]), mask.shape[::-1]))


def turned(points: Points, angle: float) -> Points:
    """Turn (N, 2) points about the origin, radians, from x towards y."""
    c, s = np.cos(angle), np.sin(angle)
    return points @ f32([[c, s], [-s, c]])
