"""V7Down: the transition of YOLOv7, a pooled and a strided branch side by side (Wang et al. 2023)."""

import torch
from torch import Tensor, nn
from ultralytics.nn.modules import Conv

from yolo_slice.blocks.arguments import check_positive_integers
from yolo_slice.registry import block


@block(scale=0.5, paper="https://arxiv.org/abs/2207.02696")
class V7Down(nn.Module):
    """Halve the resolution in two branches, max pooling and a strided 3x3, half of c2 each (Wang et al. 2023).

    (B, c1, H, W) -> (B, c2, ceil(H/2), ceil(W/2)); on odd sizes the last pooling windows are smaller. Five rows of
    stock layers in one; the strided branch comes first, as in YOLOv7's model files.

    Args:
        c1: Input channels.
        c2: Output channels, even.

    Raises:
        ValueError: If c1 is not positive, or c2 is not positive and even.

    Example:
        >>> V7Down(16, 32)(torch.zeros(1, 16, 64, 32)).shape
        torch.Size([1, 32, 32, 16])
    """

    def __init__(self, c1: int, c2: int) -> None:
        super().__init__()
        check_positive_integers("V7Down", c1=c1, c2=c2)
        if c2 % 2:
            raise ValueError(f"V7Down: c2 must be even, half for each branch, not {c2}")
        half = c2 // 2
        self.strided = nn.Sequential(Conv(c1, half, 1), Conv(half, half, 3, 2))
        self.pooled = nn.Sequential(nn.MaxPool2d(2, 2, ceil_mode=True), Conv(c1, half, 1))

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([self.strided(x), self.pooled(x)], 1)
