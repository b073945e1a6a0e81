"""Rotated boxes of the host as upright ones."""

import torch
from torch import Tensor


def enclosing_boxes(boxes: Tensor) -> Tensor:
    """Return upright boxes: (n, 4) xyxy as they are, (n, 5) xywhr as the smallest xyxy boxes around them."""
    from ultralytics.utils.ops import xywhr2xyxyxyxy

    if boxes.shape[-1] == 4:
        return boxes
    corners = torch.as_tensor(xywhr2xyxyxyxy(boxes))  # (n, 4, 2)
    return torch.cat([corners.amin(1), corners.amax(1)], 1)
