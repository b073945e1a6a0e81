"""The linear start: SliceSamp and SliceUpsamp begin their training as nearly linear maps, as what they replace is.

With torch's own start the first GELU rectifies randomly filtered slices before channels and pixels are mixed, and in
trainings of usual length the depthwise kernels hardly move: what they start as is what they are. So here the BatchNorm
in front of that GELU shifts its input to where it is nearly the identity, and SliceSamp's depthwise kernels are the
patterns that a strided convolution has. Only start values: operator, parameters and names are the same.
"""

import zlib

import torch
from torch import Tensor, nn
from ultralytics.nn.modules import Conv

from yolo_slice.blocks.spd_embedding import embed_strided_kernel

SHIFT = 2.0  # standard deviations; a line explains 99.3 % of GELU's variance around 2, and 72 % around 0
DEPTHWISE_SCALE = 0.5  # norm of a depthwise kernel; its BatchNorm undoes it, an optimizer's steps do not
NOISE = 0.05  # on every tap, relative to a kernel of norm 1


def start_nearly_linear(depthwise: Conv) -> None:
    """Shift what the first GELU sees to where it is nearly the identity; the next BatchNorm takes the mean off."""
    nn.init.constant_(depthwise.bn.bias, SHIFT)


@torch.no_grad()
def start_as_strided(depthwise: Conv, pointwise: Conv) -> None:
    """Start a depthwise-pointwise pair after `space_to_depth` as the nearest thing to a new strided convolution.

    A 3x3 convolution of stride 2 is drawn as torch starts one, written as a convolution after the slicing, and of each
    slice channel's taps x c2 matrix the best approximation of rank 1 is kept. (A depthwise kernel of size 1 has room
    for a 2x2 convolution only.)

    The draws come from a generator of their own, seeded by the depthwise kernel's bytes: torch's generator goes on as
    if this function had not been called, so that layers built later start alike with either start. On the meta device
    there are no values, and nothing is done.

    Args:
        depthwise: Changed: 4*c1 channels, kernel size odd, as torch starts it.
        pointwise: Changed: from 4*c1 to c2 channels.
    """
    start_nearly_linear(depthwise)
    weight, mixing = depthwise.conv.weight, pointwise.conv.weight
    if weight.is_meta:
        return
    seed = zlib.crc32(weight.detach().cpu().contiguous().view(torch.uint8).numpy())
    generator = torch.Generator("cpu").manual_seed(seed)
    size, padding = (3, 1) if weight.shape[-1] > 1 else (2, 0)
    strided = torch.empty(len(mixing), len(weight) // 4, size, size, device="cpu", dtype=torch.float32)
    nn.init.kaiming_uniform_(strided, a=5**0.5, generator=generator)  # as torch starts a Conv2d
    kernel, _ = embed_strided_kernel(strided, weight.shape[-1], padding)
    taps, columns = rank_one(kernel.flatten(2))
    noise = torch.empty_like(taps).normal_(std=NOISE, generator=generator)
    weight.copy_((DEPTHWISE_SCALE * (taps + noise)).view_as(weight))
    mixing.copy_(columns.view_as(mixing))


def rank_one(kernel: Tensor) -> tuple[Tensor, Tensor]:
    """Write each channel's matrix, c2 x taps, as the nearest product of a column and a row.

    By the eigenvectors of the small taps x taps products, which is a singular value decomposition without its cost.

    Args:
        kernel: (c2, K, taps).

    Returns:
        The rows (K, taps), of norm 1 and sum >= 0, and the columns (c2, K).

    Example:
        >>> rows, columns = rank_one(torch.tensor([[[3.0, 4.0]], [[6.0, 8.0]]]))
        >>> [round(x, 4) for x in rows.flatten().tolist()], [round(x, 4) for x in columns.flatten().tolist()]
        ([0.6, 0.8], [5.0, 10.0])
    """
    gram = torch.einsum("okt,oku->ktu", kernel, kernel).double()
    rows = torch.linalg.eigh(gram).eigenvectors[..., -1]
    rows = torch.where(rows.sum(-1, keepdim=True) < 0, -rows, rows).to(kernel.dtype)
    return rows, torch.einsum("okt,kt->ok", kernel, rows)
