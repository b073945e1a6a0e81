"""PixelShuffleUp: a convolution to four times the channels, put back into pixels (Shi et al. 2016)."""

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from yolo_slice.blocks.arguments import check_odd_kernel, check_positive_integers
from yolo_slice.blocks.nearest_start import NearestStart
from yolo_slice.registry import block


@block(scale=2, paper="https://arxiv.org/abs/1609.05158")
class PixelShuffleUp(NearestStart):
    """Double the resolution by a convolution to four times the channels and pixel shuffle, with ICNR (Shi et al. 2016).

    (B, c1, H, W) -> (B, c2, 2H, 2W). The four kernels of a 2x2 cell start alike (ICNR, Aitken et al. 2017), so that the
    block starts as a convolution with nearest upsampling after it, without a checkerboard.

    Args:
        c1: Input channels.
        c2: Output channels.
        k: Kernel size of the convolution, odd.

    Raises:
        ValueError: If c1 or c2 is not positive, or k is not odd and positive.

    Example:
        >>> PixelShuffleUp(16, 16)(torch.zeros(1, 16, 10, 20)).shape
        torch.Size([1, 16, 20, 40])
    """

    def __init__(self, c1: int, c2: int, k: int = 1) -> None:
        super().__init__()
        check_positive_integers("PixelShuffleUp", c1=c1, c2=c2)
        check_odd_kernel("PixelShuffleUp", k)
        self.keeps_channels = c1 == c2
        self.conv = nn.Conv2d(c1, 4 * c2, k, padding=k // 2)
        with torch.no_grad():
            start: Any
            for start in (self.conv.weight, self.conv.bias):
                start.copy_(start[::4].repeat_interleave(4, 0))  # channel 4*q + s is pixel s of channel q

    def forward(self, x: Tensor) -> Tensor:
        return F.pixel_shuffle(self.conv(x), 2)

    def write_nearest(self) -> None:
        """Let each of the four kernels copy its channel."""
        copies = nn.init.dirac_(torch.empty_like(self.conv.weight[::4]))
        self.conv.weight.copy_(copies.repeat_interleave(4, 0))
        nn.init.zeros_(self.conv.bias)
