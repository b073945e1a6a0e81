"""A model of Ultralytics run layer by layer: up to its head, with a hand on every output, or up to any layer."""

from collections.abc import Callable
from typing import Any

from torch import Tensor, nn

from yolo_slice.errors import SliceError

Layer = Any  # a module of Ultralytics, whose attributes no type says
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
        model: A module of Ultralytics in eval mode.
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


def layer_input(model: Layer, x: Any, index: int) -> Any:
    """Run a batch of images through the layers before one; return what that one gets: a tensor, or a list of them.

    Args:
        model: A model of Ultralytics.
        x: (B, 3, H, W) images, 0 to 1.
        index: Of the layer.
    """
    outputs: list[Any] = []
    for layer in layers_of(model)[: index + 1]:
        x = inputs_of(layer, x, outputs)
        if layer.i == index:
            return x
        x = layer(x)
        outputs.append(x)
    raise SliceError(f"the model has no layer {index}")


def kept_outputs(model: Layer, x: Any, layers: range) -> list[Tensor]:
    """Run images to the last of some layers; return the outputs of these that more than the next layer gets.

    Those are, at every resolution, what the rest of the model works with; the last layer's is always among them.

    Args:
        model: A model of Ultralytics.
        x: (B, 3, H, W) images, 0 to 1.
        layers: Indices, ascending; none is the head's.
    """
    outputs: list[Any] = []
    for layer in layers_of(model)[: layers.stop]:
        x = layer(inputs_of(layer, x, outputs))
        outputs.append(x)
    kept = {*model.save, *head_inputs(model), layers[-1]}
    return [outputs[i] for i in layers if i in kept and isinstance(outputs[i], Tensor)]
