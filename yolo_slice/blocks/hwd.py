"""HWD: Haar wavelet downsampling (Xu et al. 2023)."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from ultralytics.nn.modules import Conv

from yolo_slice.blocks.arguments import check_odd_kernel, check_positive_integers
from yolo_slice.blocks.space_to_depth import pad_to_cells
from yolo_slice.registry import block

# The four bands of a 2x2 cell: the mean, then the differences along the rows, the columns and both. Orthonormal.
HAAR = (
    ((0.5, 0.5), (0.5, 0.5)),
    ((0.5, -0.5), (0.5, -0.5)),
    ((0.5, 0.5), (-0.5, -0.5)),
    ((0.5, -0.5), (-0.5, 0.5)),
)


@block(scale=0.5, paper="https://doi.org/10.1016/j.patcog.2023.109819")
class HWD(nn.Module):
    """Halve the resolution by a Haar transform, then mix pointwise: a 2x2 strided convolution (Xu et al. 2023).

    (B, c1, H, W) -> (B, c2, ceil(H/2), ceil(W/2)); odd sizes are zero-padded right and bottom. Band `b` of channel q is
    channel 4*q + b. The transform only turns the four pixels of a cell by a fixed rotation, which the convolution after
    it can undo: with k=1 the block is exactly a convolution of kernel 2 and stride 2, with k=3 one of kernel 6.

    The paper's convolution has a bias, which the BatchNorm after it removes, and a ReLU; here it is Ultralytics' Conv.

    Args:
        c1: Input channels.
        c2: Output channels.
        k: Kernel size of the convolution on the bands, odd; the paper's is 1.

    Raises:
        ValueError: If c1 or c2 is not positive, or k is not odd and positive.

    Example:
        >>> HWD(16, 32)(torch.zeros(1, 16, 64, 32)).shape
        torch.Size([1, 32, 32, 16])
    """

    haar: Tensor

    def __init__(self, c1: int, c2: int, k: int = 1) -> None:
        super().__init__()
        check_positive_integers("HWD", c1=c1, c2=c2)
        check_odd_kernel("HWD", k)
        self.conv = Conv(4 * c1, c2, k)
        self.register_buffer("haar", torch.tensor(HAAR).unsqueeze(1).repeat(c1, 1, 1, 1), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        x = pad_to_cells(x)
        return self.conv(F.conv2d(x, self.haar, stride=2, groups=x.shape[1]))


def haar_kernel(kernel: Tensor) -> Tensor:
    """Write a kernel for slices as one for the bands of HWD: the same function.

    Args:
        kernel: (c2, 4*c1, m, m), in the slice order of `space_to_depth`.

    Returns:
        The kernel for the bands, of the same shape.

    Example:
        >>> haar_kernel(torch.ones(1, 4, 1, 1)).flatten().tolist()  # the sum of a cell is twice its first band
        [2.0, 0.0, 0.0, 0.0]
    """
    c2, channels, *size = kernel.shape
    slices = kernel.reshape(c2, 2, 2, channels // 4, *size)  # c2, px, py, c1
    return torch.einsum("oxyqij,byx->oqbij", slices, _bands(kernel)).reshape(kernel.shape)


def slice_kernel(kernel: Tensor) -> Tensor:
    """Write a kernel for the bands of HWD as one for slices: the inverse of `haar_kernel`.

    Args:
        kernel: (c2, 4*c1, m, m), for the bands.

    Returns:
        The kernel in the slice order of `space_to_depth`, of the same shape.
    """
    c2, channels, *size = kernel.shape
    bands = kernel.reshape(c2, channels // 4, 4, *size)
    return torch.einsum("oqbij,byx->oxyqij", bands, _bands(kernel)).reshape(kernel.shape)


def _bands(kernel: Tensor) -> Tensor:
    return torch.tensor(HAAR, dtype=kernel.dtype, device=kernel.device)
