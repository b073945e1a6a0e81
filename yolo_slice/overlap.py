"""How much two boxes overlap: intersection over union."""

import numpy as np
from numpy.typing import NDArray


def overlap(box: NDArray[np.float64], boxes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the IoU of one box with each of several; 0 where they do not touch.

    Args:
        box: (4,) Left, top, right, bottom edge, pixels.
        boxes: (N, 4) The same.

    Example:
        >>> overlap(np.array([0.0, 0, 10, 10]), np.array([[0.0, 0, 10, 5], [20, 20, 30, 30]])).tolist()
        [0.5, 0.0]
    """
    sides = np.minimum(box[2:], boxes[:, 2:]) - np.maximum(box[:2], boxes[:, :2])
    inside = np.where((sides > 0).all(axis=1), sides.prod(axis=1), 0.0)
    union = (box[2:] - box[:2]).prod() + (boxes[:, 2:] - boxes[:, :2]).prod(axis=1) - inside
    return np.divide(inside, union, out=np.zeros_like(inside), where=inside > 0)
