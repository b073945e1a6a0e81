"""DSConv: a depthwise separable convolution that strides (He and Wang 2023, ablation)."""

from torch import Tensor, nn
from ultralytics.nn.modules import Conv

from yolo_slice.blocks.arguments import check_odd_kernel, check_positive_integers
from yolo_slice.registry import block


@block(scale=0.5, paper="https://doi.org/10.3390/app132111657")
class DSConv(nn.Module):
    """Halve the resolution by a depthwise convolution of stride 2, then mix pointwise (He and Wang 2023, Table 4).

    (B, c1, H, W) -> (B, c2, ceil(H/2), ceil(W/2)). SliceSamp without its slicing: the stride takes its place.

    Args:
        c1: Input channels.
        c2: Output channels.
        k: Kernel size of the depthwise convolution, odd; with k=1 three pixels of four would not count.

    Raises:
        ValueError: If c1 or c2 is not positive, or k is not odd and positive.

    Example:
        >>> import torch
        >>> DSConv(16, 32)(torch.zeros(1, 16, 64, 32)).shape
        torch.Size([1, 32, 32, 16])
    """

    def __init__(self, c1: int, c2: int, k: int = 3) -> None:
        super().__init__()
        check_positive_integers("DSConv", c1=c1, c2=c2)
        check_odd_kernel("DSConv", k)
        self.depthwise = Conv(c1, c1, k, 2, g=c1, act=nn.GELU())
        self.pointwise = Conv(c1, c2, 1, act=nn.GELU())

    def forward(self, x: Tensor) -> Tensor:
        return self.pointwise(self.depthwise(x))
