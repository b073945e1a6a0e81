"""A host model run layer by layer up to its head, with a look at, and a hand on, every output on the way."""

from collections.abc import Callable
from typing import Any

from torch import Tensor, nn

Watch = Callable[[int, Any], Any]


def layers_of(model: Any) -> list[Any]:
    """Return the rows of the model file as modules; the last one is the head."""
    return list(model.model)


def head_inputs(model: nn.Module) -> tuple[int, ...]:
    """Return the indices of the layers that feed the head."""
    head = layers_of(model)[-1]
    rows = [head.f] if isinstance(head.f, int) else head.f
    return tuple(head.i + row if row < 0 else row for row in rows)


def run_to_head(model: nn.Module, image: Tensor, watch: Watch) -> list[Tensor]:
    """Run every layer before the head and return what the head gets.

    Args:
        model: A host module in eval mode.
        image: (B, 3, H, W) in [0, 1].
        watch: Called with the index and the output of each layer; what it returns is passed on instead.
    """
    *body, head = layers_of(model)
    outputs: list[Any] = []
    latest: Any = image
    for index, layer in enumerate(body):
        latest = watch(index, layer(inputs_of(layer, latest, outputs)))
        outputs.append(latest)
    inputs = inputs_of(head, latest, outputs)
    return inputs if isinstance(inputs, list) else [inputs]


def inputs_of(layer: Any, latest: Any, outputs: list[Any]) -> Any:
    """Return what a layer gets: the latest output, one or several earlier ones, as its row says."""
    if isinstance(layer.f, int):
        return latest if layer.f == -1 else outputs[layer.f]
    return [latest if row == -1 else outputs[row] for row in layer.f]
