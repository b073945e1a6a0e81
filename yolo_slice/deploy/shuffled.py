"""SliceUpsamp without a gather and without a tensor of more than four dimensions."""

from typing import Any

import torch.nn.functional as F
from torch import Tensor, nn

from yolo_slice.blocks.slice_upsamp import SliceUpsamp
from yolo_slice.deploy.folded import folded


class PixelShuffle(nn.Module):
    """`depth_to_space` where the channels have been put into `pixel_shuffle`'s order by whatever produces them."""

    def forward(self, x: Tensor) -> Tensor:
        return F.pixel_shuffle(x, 2)


class TwoTransposes(nn.Module):
    """`depth_to_space`, columns first and rows after them, each by one transpose of four dimensions."""

    def forward(self, x: Tensor) -> Tensor:
        b, c, h, w = x.shape
        wide = x.view(b, 2, c // 2, h * w).permute(0, 2, 3, 1)  # (B, py and q, H and W, px)
        rows = wide.reshape(b, 2, c // 4 * h, 2 * w).permute(0, 2, 1, 3)  # (B, q and H, py, W and px)
        return rows.reshape(b, c // 4, 2 * h, 2 * w)


def shuffled(block: SliceUpsamp, shuffle: Any = PixelShuffle) -> nn.Module | None:
    """Rewrite a SliceUpsamp; None if its convolutions are not plain ones.

    Args:
        block: Its input's channels are already in the order of the shuffle.
        shuffle: The class that puts channels back into pixels.
    """
    depthwise, pointwise = folded(block.depthwise), folded(block.pointwise)
    if depthwise is None or pointwise is None:
        return None
    return nn.Sequential(shuffle(), depthwise, block.depthwise.act, pointwise, block.pointwise.act)


def transposed(block: SliceUpsamp) -> nn.Module | None:
    """Rewrite a SliceUpsamp whose input's channels are in the order of `space_to_depth`."""
    return shuffled(block, TwoTransposes)
