"""One block fitted to what a layer of the teacher gives: SliceSamp to a strided convolution, SliceUpsamp to nearest."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from yolo_slice.blocks.slice_samp import SliceSamp
from yolo_slice.blocks.slice_upsamp import SliceUpsamp
from yolo_slice.blocks.space_to_depth import depth_to_space, space_to_depth
from yolo_slice.blocks.spd_embedding import embed_strided_kernel
from yolo_slice.host.layers import Layer, layer_input
from yolo_slice.transfer.depthwise_als import fit_pair
from yolo_slice.transfer.fitted_block import linear_start, refit_pointwise, write_parts
from yolo_slice.transfer.local_distillation import refine
from yolo_slice.transfer.sampled_rows import Pair, Sample, explained


@dataclass(frozen=True, slots=True)
class Effort:
    """How long a block is fitted.

    Attributes:
        rounds: Of alternating least squares.
        steps: Of gradient descent on the block alone, afterwards.
    """

    rounds: int
    steps: int


@dataclass(frozen=True, slots=True)
class Kept:
    """Share of the variance that a block keeps on images it was not fitted to (R^2).

    Attributes:
        preactivation: Before the last activation.
        output: Behind it.
    """

    preactivation: float
    output: float


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
    """Return the function that gives a block's input behind the inverse slicing, and nearest upsampling as wanted."""

    def pair(image: Tensor) -> Pair:
        given = depth_to_space(layer_input(student, image, index))
        return given, F.interpolate(layer_input(teacher, image, index), scale_factor=2.0, mode="nearest")

    return pair


def fit_slice_samp(block: SliceSamp, source: Layer, sample: Sample, scale: float, effort: Effort) -> Kept:
    """Fit SliceSamp to a strided host Conv.

    Args:
        block: Changed.
        source: The teacher's layer.
        sample: Rows of `strided_pair`.
        scale: The block's output times this is the layer's.
        effort: How long.
    """
    conv, bn = source.conv, source.bn
    kernel, _ = embed_strided_kernel(conv.weight.data, 3, conv.padding[0])
    kernel = kernel * (bn.weight / (bn.running_var + bn.eps).sqrt()).view(-1, 1, 1, 1)
    u, _, _ = torch.linalg.svd(kernel.permute(1, 2, 3, 0).flatten(1, 2), full_matrices=False)  # (K, 9, 9)
    return _fit(block, sample, u[..., 0], lambda z: source.act(z * scale) / scale, effort)


def fit_slice_upsamp(block: SliceUpsamp, sample: Sample, effort: Effort) -> Kept:
    """Fit SliceUpsamp to nearest upsampling, rows from `upsampling_pair`.

    There is no exact solution: each pixel sees a quarter of the channels. A start at the centre tap would stay blind to
    the three other groups of channels; so it starts from all taps.
    """
    kernels = block.depthwise.conv.weight
    generator = torch.Generator().manual_seed(0)
    start = 0.2 + 0.1 * torch.randn(len(kernels), 9, generator=generator)
    return _fit(block, sample, start.to(kernels.device), lambda z: z, effort)


def _fit(block: Layer, sample: Sample, start: Tensor, goal: Callable[[Tensor], Tensor], effort: Effort) -> Kept:
    """Fit a block from a depthwise start (K, 9); `goal` gives the wanted output for a target."""
    eps, act = block.pointwise.bn.eps, block.pointwise.act
    *_, (d, p, _) = fit_pair(sample.moments, start, effort.rounds)
    parts = linear_start(d, p, sample.moments)
    refit_pointwise(parts, sample.a, sample.z, eps)
    refine(parts, sample.a, goal(sample.z), act, effort.steps, eps)
    write_parts(parts, block, sample.a)
    found = parts.preactivation(sample.held_a, eps).float()
    return Kept(explained(sample.held_z, found), explained(goal(sample.held_z), act(found)))
