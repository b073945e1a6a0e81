"""MixedPool: a learned mean of max and average pooling (Lee et al. 2016)."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from ultralytics.nn.modules import Conv

from yolo_slice.blocks.arguments import check_positive_integers
from yolo_slice.registry import block


@block(scale=0.5, paper="https://arxiv.org/abs/1509.08985")
class MixedPool(nn.Module):
    """Halve the resolution by a learned mixture of max and average pooling, then mix pointwise (Lee et al. 2016).

    (B, c1, H, W) -> (B, c2, ceil(H/2), ceil(W/2)); on odd sizes the last windows are smaller. Each channel learns its
    share, which starts at one half. (Yu et al. 2014 draw it at random instead.)

    Args:
        c1: Input channels.
        c2: Output channels.

    Raises:
        ValueError: If c1 or c2 is not positive.

    Example:
        >>> MixedPool(16, 32)(torch.zeros(1, 16, 64, 32)).shape
        torch.Size([1, 32, 32, 16])
    """

    def __init__(self, c1: int, c2: int) -> None:
        super().__init__()
        check_positive_integers("MixedPool", c1=c1, c2=c2)
        self.gate_bias = nn.Parameter(torch.zeros(c1))  # named so that Ultralytics lets no weight decay pull at it
        self.conv = Conv(c1, c2, 1)

    def forward(self, x: Tensor) -> Tensor:
        share = self.gate_bias.sigmoid().view(-1, 1, 1).to(x.dtype)
        largest = F.max_pool2d(x, 2, 2, ceil_mode=True)
        mean = F.avg_pool2d(x, 2, 2, ceil_mode=True)
        return self.conv(mean + share * (largest - mean))
