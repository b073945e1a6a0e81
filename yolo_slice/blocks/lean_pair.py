"""Training a depthwise and a pointwise convolution in little memory: what is cheap is computed again, not kept."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.autograd import Function

from yolo_slice.blocks.space_to_depth import depth_to_space, space_to_depth

ATEN = torch.ops.aten

# Class of the last activation -> gradient of its output, and its input, to the gradient of its input
ACTIVATIONS: dict[type[nn.Module], Callable[[Tensor, Tensor], Tensor]] = {
    nn.GELU: ATEN.gelu_backward,
    nn.SiLU: ATEN.silu_backward,
    nn.ReLU: lambda gradient, x: gradient * (x > 0),
    nn.Identity: lambda gradient, x: gradient,
}


@dataclass(frozen=True, slots=True)
class Move:
    """Pixels into channels, or back.

    Attributes:
        there: The operation.
        gradient: From the gradient of its output, and its input, to the gradient of the input.
    """

    there: Callable[[Tensor], Tensor]
    gradient: Callable[[Tensor, Tensor], Tensor]


def _put_back(gradient: Tensor, x: Tensor) -> Tensor:
    """Undo `space_to_depth` in the memory layout of x, by one copy; what was padded falls off."""
    found = torch.empty_like(x)
    for g, part in enumerate(gradient.chunk(4, 1)):
        place = found[..., g % 2 :: 2, g // 2 :: 2]
        place.copy_(part[..., : place.shape[-2], : place.shape[-1]])
    return found


DOWN = Move(space_to_depth, _put_back)
UP = Move(depth_to_space, lambda gradient, x: space_to_depth(gradient))


@dataclass(frozen=True, slots=True)
class Pair:
    """A move and the two convolutions after it, all of them in training mode.

    Attributes:
        move: What comes first.
        depthwise: The first `ultralytics.nn.modules.Conv`, with BatchNorm and GELU.
        pointwise: The second, with BatchNorm and a last activation of ACTIVATIONS.
        keeps_pointwise: Whether the output of the pointwise convolution is kept, too, or computed again.
    """

    move: Move
    depthwise: Any
    pointwise: Any
    keeps_pointwise: bool

    def convolve(self, x: Tensor, weight: Tensor) -> Tensor:
        """Move, then convolve depthwise, without BatchNorm."""
        conv = self.depthwise.conv
        return F.conv2d(self.move.there(x), weight, None, conv.stride, conv.padding, conv.dilation, conv.groups)

    def __call__(self, x: Tensor) -> Tensor:
        """Compute the block, and its BatchNorms' running statistics once."""
        layers = self.depthwise, self.pointwise
        for layer in layers:
            layer.bn.num_batches_tracked.add_(1)
        parameters = [p for layer in layers for p in (_cast(layer.conv.weight), layer.bn.weight, layer.bn.bias)]
        return _Lean.apply(self, _cast(x), *parameters)[0]  # pyright: ignore[reportOptionalSubscript]


def _cast(x: Tensor) -> Tensor:
    """Do what autocast would do with the input of a convolution, where autograd sees it."""
    kind = x.device.type
    return x.to(torch.get_autocast_dtype(kind)) if torch.is_autocast_enabled(kind) and x.dtype != torch.float64 else x


class _Lean(Function):
    """Keeps the input and the outputs of the convolutions; the backward pass makes the rest again."""

    @staticmethod
    def forward(pair: Pair, x: Tensor, w1: Tensor, g1: Tensor, b1: Tensor, w2: Tensor, g2: Tensor, b2: Tensor) -> Any:
        z1 = pair.convolve(x, w1)
        u, *statistics1 = _normalize(z1, g1, b1, pair.depthwise.bn)
        z2 = F.conv2d(ATEN.gelu_(u), w2)
        u, *statistics2 = _normalize(z2, g2, b2, pair.pointwise.bn)
        return pair.pointwise.act(u), z1, *statistics1, z2 if pair.keeps_pointwise else None, *statistics2

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: tuple[Any, ...]) -> None:
        ctx.pair, *tensors = inputs
        kept = output[1:]
        ctx.mark_non_differentiable(*(tensor for tensor in kept if tensor is not None))
        ctx.set_materialize_grads(False)
        ctx.save_for_backward(*tensors, *kept)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor | None, *_: None) -> tuple[Tensor | None, ...]:
        if gradient is None:
            return (None,) * len(ctx.needs_input_grad)
        if torch.is_grad_enabled():
            return _differentiable(ctx, gradient)
        pair: Pair = ctx.pair
        x, w1, g1, b1, w2, g2, b2, z1, m1, s1, z2, m2, s2 = ctx.saved_tensors
        _, need_x, need_w1, need_g1, need_b1, need_w2, need_g2, need_b2 = ctx.needs_input_grad
        u1 = _normalize_again(z1, g1, b1, m1, s1)
        h = F.gelu(u1)
        z2 = F.conv2d(h, w2) if z2 is None else z2
        gradient = ACTIVATIONS[type(pair.pointwise.act)](gradient, _normalize_again(z2, g2, b2, m2, s2))
        gradient, dg2, db2 = _norm_gradient(gradient, z2, g2, m2, s2, pair.pointwise.bn, (need_g2, need_b2))
        gradient, dw2 = _conv_gradient(gradient, h, w2, pair.pointwise.conv, (True, need_w2))
        del h, z2
        gradient = ATEN.gelu_backward.grad_input(gradient, u1, grad_input=gradient)
        del u1
        gradient, dg1, db1 = _norm_gradient(gradient, z1, g1, m1, s1, pair.depthwise.bn, (need_g1, need_b1))
        moved = pair.move.there(x)
        gradient, dw1 = _conv_gradient(gradient, moved, w1, pair.depthwise.conv, (need_x, need_w1))
        return None, pair.move.gradient(gradient, x) if need_x else None, dw1, dg1, db1, dw2, dg2, db2


def _normalize(z: Tensor, weight: Tensor, bias: Tensor, norm: Any) -> tuple[Tensor, Tensor, Tensor]:
    """Return what BatchNorm makes of a batch, its means, and its inverse standard deviations."""
    return torch.native_batch_norm(z, weight, bias, norm.running_mean, norm.running_var, True, norm.momentum, norm.eps)


def _normalize_again(z: Tensor, weight: Tensor, bias: Tensor, mean: Tensor, inverse: Tensor) -> Tensor:
    return F.batch_norm(z, mean, inverse.pow(-2), weight, bias, training=False, eps=0.0)


def _norm_gradient(
    gradient: Tensor, z: Tensor, weight: Tensor, mean: Tensor, inverse: Tensor, norm: Any, wanted: tuple[bool, bool]
) -> tuple[Tensor, Tensor, Tensor]:
    return ATEN.native_batch_norm_backward(
        gradient, z, weight, norm.running_mean, norm.running_var, mean, inverse, True, norm.eps, [True, *wanted]
    )


def _conv_gradient(
    gradient: Tensor, x: Tensor, weight: Tensor, conv: Any, wanted: tuple[bool, bool]
) -> tuple[Tensor, Tensor]:
    settings = conv.stride, conv.padding, conv.dilation, False, (0, 0), conv.groups
    return ATEN.convolution_backward(gradient, x, weight, None, *settings, [*wanted, False])[:2]


def _differentiable(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
    """Compute gradients that can be differentiated themselves: the whole block again, by torch's own operations."""
    pair: Pair = ctx.pair
    x, w1, g1, b1, w2, g2, b2 = inputs = ctx.saved_tensors[:7]
    y = F.batch_norm(pair.convolve(x, w1), None, None, g1, b1, training=True, eps=pair.depthwise.bn.eps)
    y = F.batch_norm(F.conv2d(F.gelu(y), w2), None, None, g2, b2, training=True, eps=pair.pointwise.bn.eps)
    needed = ctx.needs_input_grad[1:]
    wanted = [tensor for tensor, is_needed in zip(inputs, needed, strict=True) if is_needed]
    found = iter(torch.autograd.grad(pair.pointwise.act(y), wanted, gradient, create_graph=True))
    return None, *(next(found) if is_needed else None for is_needed in needed)
