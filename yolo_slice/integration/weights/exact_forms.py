"""Layers that can hold what another layer computes, exactly: strided convolutions after slices, nearest upsampling."""

import copy
from collections.abc import Callable, Mapping

import torch
from torch import Tensor, nn
from ultralytics.nn.modules import Conv

from yolo_slice.blocks.hwd import HWD, haar_kernel
from yolo_slice.blocks.nearest_start import NearestStart
from yolo_slice.blocks.slicing import Slicing
from yolo_slice.blocks.slicing_conv3x3 import SlicingConv3x3
from yolo_slice.blocks.spd_conv import SPDConv
from yolo_slice.blocks.spd_embedding import embed_strided_kernel, spd_padding
from yolo_slice.integration.inference.exchange import convolution_fault, kernel_fault
from yolo_slice.integration.inference.layer_run import Layer

# Blocks that slice 2x2 cells, then convolve by `conv`, a Conv -> what becomes of a kernel for slices
SLICED: Mapping[type[nn.Module], Callable[[Tensor], Tensor]] = {
    SPDConv: lambda kernel: kernel,
    Slicing: lambda kernel: kernel,
    SlicingConv3x3: lambda kernel: kernel,
    HWD: haar_kernel,
}


def can_convert(source: Layer, target: Layer) -> bool:
    """Tell whether a layer's function can be written into another layer, exactly."""
    return _holds_nearest(source, target) or _holds_strided(source, target)


def convert_layer(source: Layer, target: Layer) -> nn.Module:
    """Return a copy of a layer that computes what another does; `can_convert` must say that it can."""
    converted = copy.deepcopy(target)
    if isinstance(source, nn.Upsample):
        _copy_pixels(converted)
        return converted
    k, p = target.conv.conv.kernel_size[0], source.conv.padding[0]
    kernel, _ = embed_strided_kernel(source.conv.weight.detach(), k, p)
    converted.conv.load_state_dict({**source.state_dict(), "conv.weight": SLICED[type(target)](kernel)})
    return converted


def _holds_nearest(source: Layer, target: Layer) -> bool:
    is_nearest = isinstance(source, nn.Upsample) and source.mode == "nearest" and source.scale_factor == 2
    if isinstance(target, nn.ConvTranspose2d):
        sizes = (target.kernel_size, target.stride, target.padding, target.output_padding)
        fits = sizes == ((2, 2), (2, 2), (0, 0), (0, 0)) and target.groups == 1
        return is_nearest and fits and target.in_channels == target.out_channels
    return is_nearest and isinstance(target, NearestStart) and target.keeps_channels


@torch.no_grad()
def _copy_pixels(target: Layer) -> None:
    if isinstance(target, NearestStart):
        target.start_as_nearest()
        return
    target.weight.copy_(torch.eye(target.in_channels)[..., None, None].expand_as(target.weight))
    if target.bias is not None:
        nn.init.zeros_(target.bias)


def _holds_strided(source: Layer, target: Layer) -> bool:
    is_sliced = type(target) in SLICED and getattr(target, "s", 2) == 2
    if not (type(source) is Conv and hasattr(source, "bn") and is_sliced):
        return False
    old, new = source.conv, target.conv.conv
    if convolution_fault(old) or kernel_fault(old) or type(source.act) is not type(target.conv.act):
        return False
    if (4 * old.in_channels, old.out_channels) != (new.in_channels, new.out_channels):
        return False
    k, m = old.kernel_size[0], new.kernel_size[0]
    try:
        _, padding = embed_strided_kernel(torch.empty(1, 1, k, k, device="meta"), m, old.padding[0])
    except ValueError:  # too small for it
        return False
    return padding == spd_padding(m)
