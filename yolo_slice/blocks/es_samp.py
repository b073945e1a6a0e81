"""ESSamp: pixel-unshuffle, then two depthwise kernels for each slice channel (PRNet, 2025)."""

import torch.nn.functional as F
from torch import Tensor, nn
from ultralytics.nn.modules import Conv

from yolo_slice.blocks.arguments import check_odd_kernel, check_positive_integers
from yolo_slice.blocks.space_to_depth import pad_to_cells
from yolo_slice.registry import block


@block(scale=0.5, paper="https://arxiv.org/abs/2510.09531")
class ESSamp(nn.Module):
    """Halve the resolution by slicing, then m depthwise kernels per slice channel and a pointwise mix (PRNet 2025).

    (B, c1, H, W) -> (B, c2, ceil(H/2), ceil(W/2)); odd sizes are zero-padded right and bottom. Slice channels stand in
    the order of `torch.nn.functional.pixel_unshuffle`, as in the published model. With m=1 it is SliceSamp with its
    channels in another order.

    Args:
        c1: Input channels.
        c2: Output channels.
        k: Kernel size of the depthwise convolution, odd.
        m: Depthwise kernels per slice channel; 2 in the paper.

    Raises:
        ValueError: If c1, c2 or m is not positive, or k is not odd and positive.

    Example:
        >>> import torch
        >>> ESSamp(16, 32)(torch.zeros(1, 16, 64, 32)).shape
        torch.Size([1, 32, 32, 16])
    """

    def __init__(self, c1: int, c2: int, k: int = 3, m: int = 2) -> None:
        super().__init__()
        check_positive_integers("ESSamp", c1=c1, c2=c2, m=m)
        check_odd_kernel("ESSamp", k)
        self.depthwise = Conv(4 * c1, 4 * m * c1, k, g=4 * c1, act=nn.GELU())
        self.pointwise = Conv(4 * m * c1, c2, 1, act=nn.GELU())

    def forward(self, x: Tensor) -> Tensor:
        return self.pointwise(self.depthwise(F.pixel_unshuffle(pad_to_cells(x), 2)))
