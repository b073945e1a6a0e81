"""Which layers are looked at, and the choice in words."""

from collections.abc import Sequence

from torch import nn

from yolo_slice.errors import SliceError
from yolo_slice.integration.inference.layer_run import head_inputs, layers_of


def choose_layers(model: nn.Module, wanted: Sequence[int] | None) -> tuple[int, ...]:
    """Return the indices of the layers to look at, in order: the wanted ones, or every input of the head.

    Raises:
        SliceError: If a wanted layer is not there, or is the head itself.
    """
    if wanted is None:
        return tuple(sorted(set(head_inputs(model))))
    last = len(layers_of(model)) - 2
    for layer in wanted:
        if not isinstance(layer, int) or isinstance(layer, bool) or not 0 <= layer <= last:
            raise SliceError(
                f"layers={','.join(map(str, wanted))}: there is no layer {layer} to look at; "
                f"this model has 0 to {last}, and its head sees {_listed(head_inputs(model))}"
            )
    if not wanted:
        raise SliceError(f"layers: none given; this model has 0 to {last}")
    return tuple(sorted(set(wanted)))


def describe_layers(model: nn.Module, layers: Sequence[int], merge: str) -> str:
    """Return the choice in words, such as "layers 15 (P3/8 C2f), 18 (P4/16 C2f): what the head sees, merged by max"."""
    modules = layers_of(model)
    levels = _levels(model)
    words = [f"{i} ({' '.join(filter(None, [levels.get(i), type(modules[i]).__name__]))})" for i in layers]
    why = "what the head sees" if tuple(layers) == tuple(sorted(set(head_inputs(model)))) else "as chosen"
    merged = f", merged by {merge}" if len(words) > 1 else ""
    return f"layer{'s' if len(words) > 1 else ''} {', '.join(words)}: {why}{merged}"


def _levels(model: nn.Module) -> dict[int, str]:
    strides = getattr(layers_of(model)[-1], "stride", [])
    names = [f"P{int(stride).bit_length() - 1}/{int(stride)}" for stride in strides]
    return dict(zip(head_inputs(model), names, strict=False))


def _listed(layers: Sequence[int]) -> str:
    return ", ".join(map(str, layers))
