"""SlicingConv3x3: slice into channels, then one dense 3x3 convolution (He and Wang 2023, ablation)."""

from torch import Tensor, nn
from ultralytics.nn.modules import Conv

from yolo_slice.blocks.arguments import check_positive_integers
from yolo_slice.blocks.space_to_depth import space_to_depth
from yolo_slice.registry import block


@block(scale=0.5, paper="https://doi.org/10.3390/app132111657")
class SlicingConv3x3(nn.Module):
    """Halve the resolution by slicing, then convolve 3x3: a 6x6 strided convolution (He and Wang 2023, Table 4).

    (B, c1, H, W) -> (B, c2, ceil(H/2), ceil(W/2)); odd sizes are zero-padded right and bottom. Slice order:
    `space_to_depth`. The same function as `SPDConv(c1, c2)` and the stock `Focus(c1, c2, 3)`, under the paper's name.

    Args:
        c1: Input channels.
        c2: Output channels.
        act: Activation as in Ultralytics' Conv: True is its default (SiLU), False is none, or a module.

    Raises:
        ValueError: If c1 or c2 is not positive.

    Example:
        >>> import torch
        >>> SlicingConv3x3(16, 32)(torch.zeros(1, 16, 64, 32)).shape
        torch.Size([1, 32, 32, 16])
    """

    def __init__(self, c1: int, c2: int, act: bool | nn.Module = True) -> None:
        super().__init__()
        check_positive_integers("SlicingConv3x3", c1=c1, c2=c2)
        self.conv = Conv(4 * c1, c2, 3, act=act)

    def forward(self, x: Tensor) -> Tensor:
        return self.conv(space_to_depth(x))
