"""Fits one block to a layer of the teacher: SliceSamp to a strided convolution, SliceUpsamp to nearest upsampling."""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

from yolo_slice.blocks.slice_samp import SliceSamp
from yolo_slice.blocks.slice_upsamp import SliceUpsamp
from yolo_slice.blocks.space_to_depth import depth_to_space, space_to_depth
from yolo_slice.blocks.spd_embedding import embed_strided_kernel
from yolo_slice.integration.inference.layer_run import Layer, layer_input
from yolo_slice.transfer.depthwise_als import Moments, fit_pair
from yolo_slice.transfer.fitted_block import write_pair
from yolo_slice.transfer.sampled_rows import Pair


def strided_pair(student: Layer, teacher: Layer, index: int, scale: float) -> Callable[[Tensor], Pair]:
    """Return the function that gives, for an image, a block's sliced input and its wanted output before the activation.

    The input is the student's, so that a layer can make up for what those before it lost; the wanted output is what
    the teacher's BatchNorm gives, over `scale`.
    """
    source = teacher.model[index]

    def pair(image: Tensor) -> Pair:
        given = space_to_depth(layer_input(student, image, index))
        return given, source.bn(source.conv(layer_input(teacher, image, index))) / scale

    return pair


def upsampling_pair(student: Layer, teacher: Layer, index: int) -> Callable[[Tensor], Pair]:
    """Return the function that gives a block's input after the inverse slicing, and what nearest upsampling gives."""

    def pair(image: Tensor) -> Pair:
        given = depth_to_space(layer_input(student, image, index))
        return given, F.interpolate(layer_input(teacher, image, index), scale_factor=2.0, mode="nearest")

    return pair


def fit_slice_samp(block: SliceSamp, source: Layer, moments: Moments, rounds: int) -> None:
    """Fit SliceSamp to a strided `Conv`.

    Args:
        block: Changed.
        source: The teacher's layer.
        moments: From `strided_pair`.
        rounds: Of alternating least squares.
    """
    _fit(block, moments, singular_kernels(source.conv), rounds)


def fit_slice_upsamp(block: SliceUpsamp, moments: Moments, rounds: int) -> None:
    """Fit SliceUpsamp to nearest upsampling, moments from `upsampling_pair`.

    There is no exact solution: each pixel sees a quarter of the channels. Any start gives the same after few rounds.
    """
    _fit(block, moments, torch.ones_like(block.depthwise.conv.weight).flatten(1), rounds)


def singular_kernels(conv: Layer) -> Tensor:
    """Return (4*c1, 9): for each slice channel, the 3x3 kernel that keeps most of a strided convolution's weights.

    After the slicing, the convolution has a kernel (c2, 4*c1, 3, 3); of each channel's 9 x c2 matrix, this is the
    first left singular vector.
    """
    kernel, _ = embed_strided_kernel(conv.weight.data, 3, conv.padding[0])
    u, _, _ = torch.linalg.svd(kernel.permute(1, 2, 3, 0).flatten(1, 2), full_matrices=False)  # (K, 9, 9)
    return u[..., 0]


def _fit(block: Layer, moments: Moments, start: Tensor, rounds: int) -> None:
    *_, (d, p, _) = fit_pair(moments, start, rounds)
    write_pair(block, d, p, moments)
