"""Blocks in places that round odd sizes down, or that have the channels last."""

import torch
from torch import Tensor, nn


class CropToEven(nn.Module):
    """Drop the last row or column of an odd size, as pooling and convolution without padding do.

    (B, C, H, W) -> (B, C, 2 * floor(H/2), 2 * floor(W/2)).

    Example:
        >>> CropToEven()(torch.zeros(1, 3, 7, 8)).shape
        torch.Size([1, 3, 6, 8])
    """

    def forward(self, x: Tensor) -> Tensor:
        return x[..., : x.shape[-2] // 2 * 2, : x.shape[-1] // 2 * 2]


class ChannelsLast(nn.Module):
    """Run a block on images that have their channels last, as Swin's have.

    (B, H, W, c1) -> (B, H/2, W/2, c2).

    Args:
        block: Takes (B, c1, H, W).
    """

    def __init__(self, block: nn.Module) -> None:
        super().__init__()
        self.block = block

    def forward(self, x: Tensor) -> Tensor:
        return self.block(x.permute(0, 3, 1, 2)).permute(0, 2, 3, 1)


torch.serialization.add_safe_globals([CropToEven, ChannelsLast])  # checkpoints pickle the classes
