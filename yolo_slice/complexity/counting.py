"""Operations of a model, counted as the papers' own tools count them: one counter, named conventions.

A GFLOPs column says little without its convention: the same YOLOv5s has 17.0, 17.2 or 8.5 of them. The conventions
differ in what they count besides multiplications, and in whether a multiplication with its addition is one or two.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a torch function: its first input, its output, and the weight and bias, if it has them."""

    x: Tensor
    y: Tensor
    weight: Tensor | None
    bias: Tensor | None


Cost = Callable[[Call], int]


@dataclass(frozen=True, slots=True)
class Convention:
    """What a tool counts.

    Attributes:
        description: One line.
        factor: 2 if a multiplication with its addition is two operations, else 1.
        costs: Torch function -> operations of one call, before the factor. What is not named is free.
    """

    description: str
    factor: int
    costs: Mapping[str, Cost]


def _macs(call: Call) -> int:
    """Return the multiply-accumulates of a convolution or linear layer: per output, the weights that make it."""
    assert call.weight is not None
    return call.y.numel() * call.weight[0].numel()


def _products(call: Call) -> int:
    """Return the multiply-accumulates of a matrix product: per output, the length of a row of the first factor."""
    return call.y.numel() * call.x.shape[-1]


def _macs_and_bias(call: Call) -> int:
    return _macs(call) + (call.y.numel() if call.bias is not None else 0)


def _norm(per_element: int) -> Cost:
    """Count a normalisation: `per_element` operations, twice as many with learned scale and shift."""
    return lambda call: call.x.numel() * per_element * (1 if call.weight is None else 2)


def _inputs(call: Call) -> int:
    return call.x.numel()


def _inputs_and_outputs(call: Call) -> int:
    return call.x.numel() + call.y.numel()


_NORMS = ("batch_norm", "layer_norm")
_POOLS = ("max_pool2d", "avg_pool2d", "adaptive_avg_pool2d")

CONVENTIONS: Mapping[str, Convention] = {
    "conv": Convention(
        "2 x multiply-accumulates of convolutions and linear layers, and nothing else",
        2,
        {"conv2d": _macs, "linear": _macs},
    ),
    "macs": Convention(
        "multiply-accumulates (not doubled) of convolutions, linear layers and matrix products",
        1,
        {"conv2d": _macs, "linear": _macs, "matmul": _products},
    ),
    "thop": Convention(
        "thop as YOLOv5 calls it: 2 x (multiply-accumulates + 4 per normalised element)",
        2,
        {
            "conv2d": _macs,
            "linear": _macs,
            **dict.fromkeys(_NORMS, _norm(2)),
            "adaptive_avg_pool2d": _inputs_and_outputs,
        },
    ),
    "ptflops": Convention(
        "ptflops: multiply-accumulates (not doubled), biases, 2 per normalised element, 1 per activated or pooled one",
        1,
        {
            "conv2d": _macs_and_bias,
            "linear": _macs_and_bias,
            **dict.fromkeys(_NORMS, _norm(1)),
            **dict.fromkeys(("relu", "gelu", "silu", *_POOLS), _inputs),
        },
    ),
    "mmcv": Convention(
        "mmcv: multiply-accumulates (not doubled), 2 per element of a LayerNorm, 1 per rectified or pooled element; "
        "window padding counts, attention's matrix products do not",
        1,
        # No batch_norm: mmsegmentation's is the synchronised one, which mmcv does not know.
        {
            "conv2d": _macs_and_bias,
            "linear": _macs,
            "layer_norm": _norm(1),
            **dict.fromkeys(("relu", *_POOLS), _inputs),
        },
    ),
}


def count_operations(model: nn.Module, image_hw: tuple[int, int], convention: str, channels: int = 3) -> int:
    """Count the operations that a model spends on one image, without computing anything.

    Functions are counted, not modules, so that what a module calls with its weights (Swin's attention) is seen, too.
    Products of activations with activations count in "macs" only, and there by `torch.matmul`.

    Args:
        model: A model on the meta device, in the mode (training or not) to be counted.
        image_hw: Height and width of the image, pixels.
        convention: A key of CONVENTIONS.
        channels: Channels of the image.

    Example:
        >>> with torch.device("meta"):
        ...     layer = nn.Conv2d(3, 8, 3, padding=1)
        >>> count_operations(layer, (10, 10), "conv") == 2 * (3 * 8 * 9) * (10 * 10)
        True
    """
    chosen = CONVENTIONS[convention]
    with torch.no_grad(), _Counter(chosen.costs) as counter:
        model(torch.zeros(1, channels, *image_hw, device="meta"))
    return chosen.factor * counter.total


class _Counter(TorchFunctionMode):
    """Sees every call of a torch function while it is active; calls inside of these are not seen."""

    def __init__(self, costs: Mapping[str, Cost]) -> None:
        super().__init__()
        self.costs, self.total = costs, 0

    def __torch_function__(self, func: Any, types: Any, args: tuple = (), kwargs: dict[str, Any] | None = None) -> Any:
        kwargs = kwargs or {}
        result = func(*args, **kwargs)
        name = getattr(func, "__name__", "")
        if name in self.costs:
            self.total += self.costs[name](Call(args[0], result, *_weight_and_bias(args, kwargs)))
        return result


def _weight_and_bias(args: tuple, kwargs: dict[str, Any]) -> tuple[Tensor | None, Tensor | None]:
    """Find weight and bias: by name in normalisations, after the input in convolutions and linear layers."""
    weight = kwargs.get("weight", args[1] if len(args) > 1 else None)
    bias = kwargs.get("bias", args[2] if len(args) > 2 else None)
    return (weight, bias) if isinstance(weight, Tensor) else (None, None)
