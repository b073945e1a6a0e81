"""SPD-Conv, Slicing, SlicingConv3x3 and HWD as the one strided convolution that each of them is."""

import torch.nn.functional as F
from torch import Tensor, nn

from yolo_slice.blocks.hwd import HWD, slice_kernel
from yolo_slice.blocks.slicing import Slicing
from yolo_slice.blocks.slicing_conv3x3 import SlicingConv3x3
from yolo_slice.blocks.space_to_depth import fixed_sizes
from yolo_slice.blocks.spd_conv import SPDConv
from yolo_slice.deploy.folded import folded, like


class StridedConvolution(nn.Module):
    """Slicing into cells of s x s pixels and a k x k convolution of the cells, as a convolution of sk x sk pixels.

    (B, c1, H, W) -> (B, c2, ceil(H/s), ceil(W/s)); the size traced with decides if the graph pads, as in
    `space_to_depth`.

    Args:
        conv: The convolution after the slicing, of s*s*c1 channels, with or without padding of its own.
        s: Side of a cell, pixels.
    """

    def __init__(self, conv: nn.Conv2d, s: int) -> None:
        super().__init__()
        c2, c, k, _ = conv.weight.shape
        # (c2, px, py, c1, row, column) -> (c2, c1, row, py, column, px)
        cells = conv.weight.detach().view(c2, s, s, c // s**2, k, k).permute(0, 3, 4, 2, 5, 1)
        weight = cells.reshape(c2, c // s**2, s * k, s * k)
        self.conv = like(conv, weight=weight, stride=s, padding=(k - 1) // 2 * s)
        self.s, self.more = s, s * (1 - k % 2)  # an even kernel reaches one cell farther left and up

    def forward(self, x: Tensor) -> Tensor:
        height, width = fixed_sizes(x)
        pads = (self.more, -width % self.s, self.more, -height % self.s)
        return self.conv(F.pad(x, pads) if any(pads) else x)


def strided(block: SPDConv | Slicing | SlicingConv3x3 | HWD) -> nn.Module | None:
    """Rewrite a block whose only convolution comes right after its slicing; None if that is not a plain one.

    HWD's slices are turned first, by a rotation that its convolution undoes.
    """
    conv = folded(block.conv)
    if conv and isinstance(block, HWD):
        conv = like(conv, weight=slice_kernel(conv.weight))
    return conv and nn.Sequential(StridedConvolution(conv, getattr(block, "s", 2)), block.conv.act)
