"""How well a map agrees with the labels and the model: four numbers from the literature, and two baselines.

A map of a class that is labelled in the image is asked whether its maximum lies on such an object (pointing game), how
much of it does (energy-based pointing game), and whether the model needs what it shows (insertion, deletion).
"""

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

Heat = NDArray[np.float32]
Boxes = NDArray[np.float64]
Image = NDArray[np.uint8]
Score = Callable[[list[Image]], NDArray[np.float32]]

TOLERANCE_PX = 15
GREY = 114  # Ultralytics' padding: what a detector has learned to see nothing in
CENTRE_SIGMA = 0.25  # of height and width
RANDOM_CELL_PX = 32  # P5's stride: the random map is as coarse as a class activation map
BLUR_SIGMA = 1 / 20  # of the longer side


def points_at(heat: Heat, boxes: Boxes, tolerance_px: float = TOLERANCE_PX) -> bool:
    """Tell whether the map's maximum is inside a box or at most `tolerance_px` away (Zhang et al. 2018).

    A blank map points nowhere. Of several equal maxima the first in reading order counts.

    Args:
        heat: (H, W), not negative.
        boxes: (N, 4) xyxy in pixels.
        tolerance_px: In pixels of the image; Zhang et al. take 15.

    Example:
        >>> heat = np.zeros((50, 50), np.float32); heat[10, 20] = 1
        >>> points_at(heat, np.array([[36.0, 0, 50, 50]])), points_at(heat, np.array([[35.0, 0, 50, 50]]))
        (False, True)
    """
    if not heat.max() > 0:
        return False
    y, x = (index + 0.5 for index in np.unravel_index(heat.argmax(), heat.shape))
    dx = np.maximum(np.maximum(boxes[:, 0] - x, x - boxes[:, 2]), 0)
    dy = np.maximum(np.maximum(boxes[:, 1] - y, y - boxes[:, 3]), 0)
    return bool((np.hypot(dx, dy) <= tolerance_px).any())


def energy_inside(heat: Heat, boxes: Boxes) -> float:
    """Return the share of the map's sum that lies inside the boxes: EBPG (Wang et al. 2020, Score-CAM).

    A blank map has nothing inside: 0.

    Args:
        heat: (H, W), not negative.
        boxes: (N, 4) xyxy in pixels; a pixel on which two boxes lie counts once.

    Example:
        >>> energy_inside(np.ones((4, 4), np.float32), np.array([[0.0, 0, 2, 4], [1, 0, 3, 2]]))
        0.625
    """
    total = float(heat.sum(dtype=np.float64))
    inside = float(heat[box_mask(heat.shape, boxes)].sum(dtype=np.float64))
    return inside / total if total > 0 else 0.0


def box_mask(hw: tuple[int, ...], boxes: Boxes) -> NDArray[np.bool_]:
    """Return (H, W) True inside the boxes, whose edges are rounded to whole pixels, at least one pixel each."""
    mask = np.zeros(hw, bool)
    for x1, y1, x2, y2 in np.rint(boxes).astype(int):
        x1, y1 = min(max(x1, 0), hw[1] - 1), min(max(y1, 0), hw[0] - 1)
        mask[y1 : max(y2, y1 + 1), x1 : max(x2, x1 + 1)] = True
    return mask


def random_map(hw: tuple[int, int], rng: np.random.Generator) -> Heat:
    """Return noise, uniform in [0, 1), one value for 32 x 32 pixels and bilinear between: what knows nothing."""
    grid = rng.random((max(1, round(hw[0] / RANDOM_CELL_PX)), max(1, round(hw[1] / RANDOM_CELL_PX))), np.float32)
    return np.asarray(cv2.resize(grid, hw[::-1], interpolation=cv2.INTER_LINEAR), np.float32)


def centre_map(hw: tuple[int, int]) -> Heat:
    """Return a Gaussian in the image's centre, sigma a quarter of height and width: what knows how people take photos.

    Example:
        >>> centre_map((3, 3)).round(2)[1].tolist()
        [0.4099999964237213, 1.0, 0.4099999964237213]
    """
    y, x = ((np.arange(n) + 0.5) / n - 0.5 for n in hw)
    exponent = (y[:, None] ** 2 + x[None] ** 2) / (2 * CENTRE_SIGMA**2)
    return np.exp(-exponent).astype(np.float32)


def deletion_auc(image: Image, heat: Heat, score: Score, steps: int, rng: np.random.Generator) -> float:
    """Return the area under the score while the hottest pixels turn grey; small is good (Petsiuk et al. 2018, RISE).

    Args:
        image: (H, W, 3) BGR.
        heat: (H, W).
        score: Gives each of a list of images the model's score of the class.
        steps: Pixels change in so many equal parts.
        rng: Orders pixels of equal heat.
    """
    return _auc(image, np.full_like(image, GREY), heat, score, steps, rng)


def insertion_auc(image: Image, heat: Heat, score: Score, steps: int, rng: np.random.Generator) -> float:
    """Return the area under the score while the hottest pixels get sharp; large is good (Petsiuk et al. 2018, RISE).

    The start is the image under a Gaussian blur, sigma 1/20 of its longer side. Arguments as `deletion_auc`.
    """
    blurred = cv2.GaussianBlur(image, (0, 0), max(image.shape[:2]) * BLUR_SIGMA)
    return _auc(np.asarray(blurred, np.uint8), image, heat, score, steps, rng)


def _auc(start: Image, end: Image, heat: Heat, score: Score, steps: int, rng: np.random.Generator) -> float:
    """Average, by trapezoids, the scores on the way from one image to another, hottest pixels first."""
    order = np.lexsort((rng.random(heat.size), -heat.ravel()))
    part = np.empty(heat.size, np.int64)
    part[order] = np.arange(heat.size) * steps // heat.size  # in which of the steps a pixel changes, 0 to steps - 1
    changed_at = part.reshape(heat.shape)[..., None]
    scores = score([np.where(changed_at < step, end, start) for step in range(steps + 1)])
    return float((scores[1:] + scores[:-1]).sum(dtype=np.float64) / (2 * steps))
