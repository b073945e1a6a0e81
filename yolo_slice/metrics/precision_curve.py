"""Average precision from a list of detections that have been judged, for any weights of the images that they are on."""

import numpy as np
from numpy.typing import NDArray

COCO_RECALLS = np.linspace(0.0, 1.0, 101)  # some a hair above i / 100, as in COCOeval
TIDE_RECALLS = np.arange(101) / 100


def average_precision(
    is_right: NDArray[np.bool_],
    weights: NDArray[np.float64],
    objects: NDArray[np.float64],
    recalls: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Average, over levels of recall, the best precision at or beyond each.

    Args:
        is_right: (N,) Whether a detection is right, by falling confidence.
        weights: (B, N) How often a detection counts, in each of B draws.
        objects: (B,) Objects to be found.
        recalls: (R,) Levels of recall, rising from 0.

    Returns:
        (B,) 0 to 1; nan where there is no object.

    Example:
        >>> twice = np.array([[1.0, 1, 1], [1, 2, 1]])  # in the second draw, what is wrong counts twice
        >>> ap = average_precision(np.array([True, False, True]), twice, np.array([2.0, 2.0]), np.arange(101) / 100)
        >>> ap.round(4).tolist()  # 51 levels at precision 1, 50 at 2/3 or 1/2
        [0.835, 0.7525]
    """
    at = np.flatnonzero(is_right)  # precision rises, and recall grows, at these only
    right = np.cumsum(weights[:, at], axis=1)
    precision = right / np.maximum(np.cumsum(weights, axis=1)[:, at], 1)
    precision = np.maximum.accumulate(precision[:, ::-1], axis=1)[:, ::-1]
    recall = right / np.maximum(objects, 1)[:, None]
    reached = np.searchsorted(recalls, recall, side="right")
    levels = np.diff(reached, axis=1, prepend=0)
    return np.where(objects > 0, (levels * precision).sum(axis=1) / len(recalls), np.nan)
