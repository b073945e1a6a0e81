"""Multiply-accumulates that a selective stage needs for what it selects, counted from its weights."""

from typing import Any

from torch import Tensor, nn

from yolo_slice.segmentation.held_bottleneck import enlarge
from yolo_slice.segmentation.selective_stage import SelectiveStage


def count_points(mask: Tensor, like: Tensor) -> int:
    """Count the pixels of kept 2x2 blocks, plus one for each other block, of all images.

    Args:
        mask: (B, 1, ceil(H/2), ceil(W/2)), 1 for blocks that are kept.
        like: (B, C, H, W).

    Example:
        >>> import torch
        >>> count_points(torch.tensor([[[[1.0, 0.0]]]]), torch.zeros(1, 1, 2, 4))
        5
    """
    kept = mask.detach().round()
    return int(enlarge(kept, like).sum().item() + (1 - kept).sum().item())


def effective_macs(stage: SelectiveStage, x: Tensor) -> int:
    """Count the MACs of convolutions on the points that the last run on x (B, C, H, W) selected, and of the mask's own.

    A stage without a mask has as many points as its 3x3 convolutions have pixels.
    """
    pixels, cells = len(x) * x.shape[-2] * x.shape[-1], len(x) * -(-x.shape[-2] // 2) * -(-x.shape[-1] // 2)
    without_mask = cells if stage.mode == "strided" else pixels
    points = count_points(stage.last.mask, x) if stage.last else without_mask
    first: Any = stage.blocks[0]  # its 1x1 convolution is computed on all pixels
    macs = _weights(stage.blocks) * points + _weights(first.cv1) * (pixels - points)
    if stage.learned_mask:
        macs += _weights(stage.learned_mask.pixels) * pixels + _weights(stage.learned_mask.blocks) * cells
    return macs


def dense_macs(stage: SelectiveStage, x: Tensor) -> int:
    """Count the MACs of convolutions if all pixels were kept, without a mask."""
    return _weights(stage.blocks) * len(x) * x.shape[-2] * x.shape[-1]


def _weights(layers: nn.Module) -> int:
    return sum(m.weight.numel() for m in layers.modules() if isinstance(m, nn.Conv2d))
