"""How much two boxes overlap: intersection over union, or over one of them."""

import numpy as np
from numpy.typing import NDArray


def overlap(box: NDArray[np.float64], boxes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the IoU of one box with each of several; 0 where they do not touch.

    Args:
        box: (4,) Left, top, right, bottom edge, pixels; or (..., 1, 4), several to be compared with each.
        boxes: (N, 4) The same.

    Example:
        >>> overlap(np.array([0.0, 0, 10, 10]), np.array([[0.0, 0, 10, 5], [20, 20, 30, 30]])).tolist()
        [0.5, 0.0]
    """
    inside = _shared(box, boxes)
    return _share(inside, _area(box) + _area(boxes) - inside)


def covered(box: NDArray[np.float64], boxes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how much of one box lies in each of several, 0 to 1; shapes as in `overlap`.

    Example:
        >>> covered(np.array([0.0, 0, 10, 10]), np.array([[0.0, 0, 100, 5], [20, 20, 30, 30]])).tolist()
        [0.5, 0.0]
    """
    inside = _shared(box, boxes)
    return _share(inside, np.broadcast_to(_area(box), inside.shape))


def _shared(box: NDArray[np.float64], boxes: NDArray[np.float64]) -> NDArray[np.float64]:
    sides = np.minimum(box[..., 2:], boxes[..., 2:]) - np.maximum(box[..., :2], boxes[..., :2])
    return np.where((sides > 0).all(axis=-1), sides.prod(axis=-1), 0.0)


def _area(boxes: NDArray[np.float64]) -> NDArray[np.float64]:
    return (boxes[..., 2:] - boxes[..., :2]).prod(axis=-1)


def _share(inside: NDArray[np.float64], whole: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.divide(inside, whole, out=np.zeros_like(inside), where=inside > 0)
