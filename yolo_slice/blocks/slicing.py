"""Slicing: slice into channels, then one pointwise convolution (He and Wang 2023, ablation)."""

from torch import Tensor, nn
from ultralytics.nn.modules import Conv

from yolo_slice.blocks.arguments import check_positive_integers
from yolo_slice.blocks.space_to_depth import space_to_depth
from yolo_slice.registry import block


@block(scale=0.5, paper="https://doi.org/10.3390/app132111657")
class Slicing(nn.Module):
    """Halve the resolution by slicing, then mix pointwise: a 2x2 strided convolution (He and Wang 2023, Table 4).

    (B, c1, H, W) -> (B, c2, ceil(H/2), ceil(W/2)); odd sizes are zero-padded right and bottom. Slice order:
    `space_to_depth`. Exactly a convolution of kernel 2 and stride 2 with its weights in another order.

    Args:
        c1: Input channels.
        c2: Output channels.
        act: Activation as in Ultralytics' Conv: True is its default (SiLU), False is none, or a module.

    Raises:
        ValueError: If c1 or c2 is not positive.

    Example:
        >>> import torch
        >>> Slicing(16, 32)(torch.zeros(1, 16, 64, 32)).shape
        torch.Size([1, 32, 32, 16])
    """

    def __init__(self, c1: int, c2: int, act: bool | nn.Module = True) -> None:
        super().__init__()
        check_positive_integers("Slicing", c1=c1, c2=c2)
        self.conv = Conv(4 * c1, c2, 1, act=act)

    def forward(self, x: Tensor) -> Tensor:
        return self.conv(space_to_depth(x))
