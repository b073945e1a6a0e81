"""Complete IoU of pairs of boxes (Zheng et al. 2020, AAAI, "Distance-IoU Loss", eqs. 7 to 11)."""

import math

import torch
from torch import Tensor

EPSILON = 1e-7  # keeps 0/0 away where a box has no area


def complete_iou(a: Tensor, b: Tensor) -> Tensor:
    """Return IoU - d^2/c^2 - alpha v of each pair: overlap, distance of the centres, difference of the aspect ratios.

    (n, 4), (n, 4) -> (n,), at most 1; boxes are centre x, centre y, width, height in any one unit. As published, alpha
    is a weight and not differentiated.

    Example:
        >>> complete_iou(torch.tensor([[1.0, 1, 2, 2]]), torch.tensor([[2.0, 1, 2, 2]])).round(decimals=4)
        tensor([0.2564])
    """
    (a1, a2), (b1, b2) = _corners(a), _corners(b)
    overlap = (torch.minimum(a2, b2) - torch.maximum(a1, b1)).clamp(min=0).prod(1)
    union = a[:, 2:].prod(1) + b[:, 2:].prod(1) - overlap
    iou = overlap / (union + EPSILON)
    diagonal = (torch.maximum(a2, b2) - torch.minimum(a1, b1)).square().sum(1) + EPSILON
    distance = (a[:, :2] - b[:, :2]).square().sum(1) / diagonal
    v = (_angle(b) - _angle(a)).square() * (4 / math.pi**2)
    with torch.no_grad():
        alpha = v / (1 - iou + v + EPSILON)
    return iou - distance - alpha * v


def _corners(box: Tensor) -> tuple[Tensor, Tensor]:
    centre, half = box[:, :2], box[:, 2:] / 2
    return centre - half, centre + half


def _angle(box: Tensor) -> Tensor:
    return torch.atan(box[:, 2] / (box[:, 3] + EPSILON))
