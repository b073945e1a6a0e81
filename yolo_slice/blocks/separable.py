"""How a depthwise and a pointwise convolution are computed: as written, or the same in less memory where it is safe."""

import os
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules import module as torch_module
from ultralytics.nn.modules import Conv

from yolo_slice.blocks.lean_pair import ACTIVATIONS, Move, Pair

SWITCH = "YOLO_SLICE_LEAN"  # "off": always as written
HOOKS = ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks")


def separable(x: Tensor, move: Move, depthwise: Any, pointwise: Any, keeps_pointwise: bool = True) -> Tensor:
    """Move pixels, then convolve depthwise and pointwise.

    While training, little is kept for the backward pass; where no gradient is kept, GELU works in place. Compiled,
    traced or exported, with hooks on its parts, with modules that are no plain ones, and with YOLO_SLICE_LEAN=off, the
    block is computed as written.

    Args:
        x: (B, c1, H, W).
        move: Pixels into channels, or back.
        depthwise: A Conv with GELU.
        pointwise: A Conv.
        keeps_pointwise: As in `Pair`.
    """
    if _is_plain(x, depthwise, pointwise):
        if not torch.is_grad_enabled():
            return _in_place(_in_place(move.there(x), depthwise), pointwise)
        if _can_be_lean(x, depthwise, pointwise):
            return Pair(move, depthwise, pointwise, keeps_pointwise)(x)
    return pointwise(depthwise(move.there(x)))


def _is_plain(x: Tensor, *layers: Any) -> bool:
    """Tell whether only the result can matter: no compiler, no tracer and no hook looks at the steps."""
    if torch.compiler.is_compiling() or torch.jit.is_tracing() or type(x) not in (Tensor, nn.Parameter):
        return False
    if x.is_meta:  # nothing is computed there, and torch has no autocast for it
        return False
    if os.environ.get(SWITCH, "").strip().lower() in {"off", "0", "false", "no"}:
        return False
    return not torch_module._has_any_global_hook() and all(map(_is_plain_layer, layers))


def _is_plain_layer(layer: Any) -> bool:
    if getattr(layer.forward, "__func__", None) not in (Conv.forward, Conv.forward_fuse):
        return False
    parts = [layer, *_parts(layer)]
    if any("forward" in vars(part) for part in parts[1:]) or any(
        getattr(part, name) for part in parts for name in HOOKS
    ):
        return False
    return type(layer.conv) is nn.Conv2d and type(getattr(layer, "bn", None)) in (nn.BatchNorm2d, type(None))


def _parts(layer: Any) -> Iterator[nn.Module]:
    return (part for name in ("conv", "bn", "act") if (part := getattr(layer, name, None)) is not None)


def _can_be_lean(x: Tensor, depthwise: Any, pointwise: Any) -> bool:
    is_known = type(depthwise.act) is nn.GELU and type(pointwise.act) in ACTIVATIONS
    b, _, h, w = x.shape
    return is_known and b * h * w > 4 and _is_in_training(depthwise) and _is_in_training(pointwise)


def _is_in_training(layer: Any) -> bool:
    norm = getattr(layer, "bn", None)
    if layer.forward.__func__ is not Conv.forward or norm is None or layer.conv.bias is not None:
        return False
    return norm.training and norm.affine and norm.track_running_stats and norm.momentum is not None


def _in_place(x: Tensor, layer: Any) -> Tensor:
    """Run a layer whose GELU needs no memory of its own."""
    if type(layer.act) is not nn.GELU or layer.act.approximate != "none":
        return layer(x)
    y = layer.conv(x)
    if layer.forward.__func__ is Conv.forward:
        y = layer.bn(y)
    return torch.ops.aten.gelu_(y)
