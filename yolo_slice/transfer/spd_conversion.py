"""A strided convolution as SPD-Conv: the same function, exactly, with taps at zero that training can use."""

import copy

from yolo_slice.blocks.spd_conv import SPDConv
from yolo_slice.blocks.spd_embedding import embed_strided_kernel, spd_padding
from yolo_slice.errors import SliceError
from yolo_slice.integration.inference.layer_run import Layer


def spd_of(layer: Layer, k: int | None) -> SPDConv:
    """Build the SPD-Conv that equals a `Conv` of stride 2.

    Args:
        layer: Conv with BatchNorm; (B, c1, H, W) -> (B, c2, ceil(H/2), ceil(W/2)).
        k: Kernel size after the slicing; None is the smallest that is exact: 2 for a 3x3 convolution.

    Raises:
        SliceError: If there is none, because its kernel or padding is unusual.
    """
    conv = layer.conv
    k = k if conv.kernel_size[0] <= 6 else None  # of 7x7, the smallest is 4x4
    kernel, padding = embed_strided_kernel(conv.weight.data, k, conv.padding[0])
    m = kernel.shape[-1]
    if padding != spd_padding(m):
        raise SliceError(
            f"no SPD-Conv equals a {conv.kernel_size[0]}x{conv.kernel_size[0]} convolution of padding "
            f"{conv.padding[0]}; choose other rows="
        )
    block = SPDConv(conv.in_channels, conv.out_channels, m)
    block.conv.conv.weight.data = kernel
    block.conv.bn, block.conv.act = copy.deepcopy(layer.bn), copy.deepcopy(layer.act)
    return block
