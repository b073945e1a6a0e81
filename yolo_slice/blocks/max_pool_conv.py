"""MaxPoolConv: max pooling, then one bare pointwise convolution (He and Wang 2023, comparison)."""

from torch import Tensor, nn
from ultralytics.nn.modules import Conv

from yolo_slice.blocks.arguments import check_positive_integers
from yolo_slice.registry import block


@block(
    scale=0.5,
    paper="https://doi.org/10.3390/app132111657",
    excused={"every_pixel_counts": "max pooling drops three pixels of four: the comparison is about that"},
)
class MaxPoolConv(nn.Module):
    """Halve the resolution by 2x2 max pooling, then a bare 1x1 convolution with bias (He and Wang 2023, Table 2).

    (B, c1, H, W) -> (B, c2, ceil(H/2), ceil(W/2)); on odd sizes the last windows are smaller. No BatchNorm and no
    activation, also when c1 == c2: the only reading that gives the paper's 5.23 M parameters and 12.9 GFLOPs.

    Args:
        c1: Input channels.
        c2: Output channels.
        act: BatchNorm and activation after the convolution, as in Ultralytics' Conv; the paper has neither.

    Raises:
        ValueError: If c1 or c2 is not positive.

    Example:
        >>> import torch
        >>> MaxPoolConv(16, 32)(torch.zeros(1, 16, 64, 32)).shape
        torch.Size([1, 32, 32, 16])
    """

    def __init__(self, c1: int, c2: int, act: bool | nn.Module = False) -> None:
        super().__init__()
        check_positive_integers("MaxPoolConv", c1=c1, c2=c2)
        self.pool = nn.MaxPool2d(2, 2, ceil_mode=True)
        self.conv = Conv(c1, c2, 1, act=act) if act else nn.Conv2d(c1, c2, 1)

    def forward(self, x: Tensor) -> Tensor:
        return self.conv(self.pool(x))
