"""SPD-Conv: space-to-depth, then a convolution that does not stride (Sunkara and Luo 2022)."""

import torch.nn.functional as F
from torch import Tensor, nn
from ultralytics.nn.modules import Conv

from yolo_slice.blocks.arguments import check_positive_integers
from yolo_slice.blocks.space_to_depth import space_to_depth
from yolo_slice.registry import block


@block(scale=0.5, paper="https://arxiv.org/abs/2208.03641")
class SPDConv(nn.Module):
    """Divide the resolution by slicing, then convolve at stride 1 (Sunkara and Luo 2022, sec. 3, the text form).

    (B, c1, H, W) -> (B, c2, ceil(H/s), ceil(W/s)); zero-padded right and bottom to multiples of s. Slice order:
    `space_to_depth`. With s=2 this is the stock `Focus(c1, c2, k)`, and with k=3 exactly a 6x6 convolution of stride 2.
    An even k keeps the size too: it is padded k/2 left and top, k/2 - 1 right and bottom. k=2 is enough to hold a 3x3
    convolution of stride 2.

    Args:
        c1: Input channels.
        c2: Output channels.
        k: Kernel size of the convolution.
        s: The paper's `scale`: side of the cell of pixels that becomes channels, at least 2.
        act: Activation as in Ultralytics' Conv: True is its default (SiLU), False is none, or a module.

    Raises:
        ValueError: If c1, c2 or k is not positive, or s is less than 2.

    Example:
        >>> import torch
        >>> SPDConv(3, 8)(torch.zeros(1, 3, 64, 32)).shape
        torch.Size([1, 8, 32, 16])
    """

    pad: tuple[int, ...] = ()  # of odd kernels, and of checkpoints from before there were even ones

    def __init__(self, c1: int, c2: int, k: int = 3, s: int = 2, act: bool | nn.Module = True) -> None:
        super().__init__()
        check_positive_integers("SPDConv", c1=c1, c2=c2, k=k, s=s)
        if s < 2:
            raise ValueError("SPDConv: s=1 would slice nothing; use Conv, or s=2 as in the paper")
        self.s = s
        if k % 2 == 0:
            self.pad = (k // 2, k // 2 - 1) * 2
        self.conv = Conv(s * s * c1, c2, k, p=0 if self.pad else None, act=act)

    def forward(self, x: Tensor) -> Tensor:
        x = space_to_depth(x, self.s)
        return self.conv(F.pad(x, self.pad) if self.pad else x)
