"""Layers of a model of Ultralytics exchanged for blocks of ours, in the model and in the model file that it carries."""

from dataclasses import dataclass
from typing import Any

from torch import nn

from yolo_slice.errors import SliceError
from yolo_slice.integration.inference.layer_run import Layer


@dataclass(frozen=True, slots=True)
class ExchangeableLayer:
    """A layer, a row of the model file, that a block of ours can take the place of, with weights made from its own.

    Attributes:
        index: Of the layer, which is that of its row in the model file.
        is_upsampling: Nearest upsampling by 2, else a convolution of stride 2.
        width: Unscaled output channels, as the block's row must have them.
    """

    index: int
    is_upsampling: bool
    width: int


def find_exchangeable(model: Layer) -> tuple[list[ExchangeableLayer], dict[int, str]]:
    """List the layers that can become blocks of ours, and for the others that change resolution, why they cannot.

    Raises:
        SliceError: If the model's BatchNorms are folded into its convolutions.
    """
    exchangeable, left = [], {}
    for index, layer in enumerate(model.model):
        if isinstance(layer, nn.Upsample):
            reason = "" if layer.mode == "nearest" and layer.scale_factor == 2 else "it is not nearest upsampling by 2"
        elif any(isinstance(m, nn.Conv2d) and m.stride[0] > 1 for m in layer.modules()):
            reason = _layer_fault(layer)
        else:
            continue
        if reason:
            left[index] = reason
        else:
            exchangeable.append(ExchangeableLayer(index, isinstance(layer, nn.Upsample), _width(model, index)))
    return exchangeable, left


def _layer_fault(layer: Layer) -> str:
    """Say why a layer that strides cannot become a block of ours; nothing if it can."""
    from ultralytics.nn.modules import Conv

    if type(layer) is not Conv:
        return f"{type(layer).__name__} strides inside"
    if not isinstance(getattr(layer, "bn", None), nn.BatchNorm2d):
        raise SliceError("the model is fused, its BatchNorms are folded away: convert the checkpoint as it was trained")
    return convolution_fault(layer.conv) or kernel_fault(layer.conv)


def convolution_fault(conv: nn.Conv2d) -> str:
    """Say why a convolution does not halve the resolution as slicing does; nothing if it does.

    This is the one judge of a built convolution: of another project's models, of trained layers to be converted, and of
    weights loaded by role. The rows of a model file, not built yet, have their own, `resolution_rows`.
    """
    if tuple(conv.stride) != (2, 2):
        return f"stride {conv.stride}, not 2"
    if conv.groups != 1:
        return f"grouped convolution, {conv.groups} groups"
    return f"dilated convolution, {conv.dilation}" if max(conv.dilation) > 1 else ""


def kernel_fault(conv: nn.Conv2d) -> str:
    """Say why a kernel cannot be written as one on slices; nothing if it can."""
    return "its kernel or padding is not square" if len({*conv.kernel_size}) > 1 or len({*conv.padding}) > 1 else ""


def _width(model: Layer, index: int) -> int:
    """Return the unscaled output channels of a row; those of an upsampling are its source's."""
    source, _, name, args = row_of(model, index)
    if name == "nn.Upsample":
        return _width(model, index + source if source < 0 else source)
    if not args or not isinstance(args[0], int):
        raise SliceError(f"layer {index}, {row_of(model, index)}: its number of channels does not stand in its row")
    return args[0]


def replace_layer(model: Layer, index: int, block: Layer, args: list[Any]) -> None:
    """Put a block in a layer's place, in the model and in the model file that its checkpoint carries.

    Ultralytics' trainer rebuilds models from that file: both must say the same.

    Args:
        model: A model of Ultralytics; changed.
        index: Of the layer.
        block: A registered block; its class name goes into the file's row.
        args: Arguments of the row: unscaled c2 first.
    """
    old = model.model[index]
    take_place(old, block)
    parameter = next(old.parameters(), next(model.parameters()))
    block.to(parameter.device, parameter.dtype).train(old.training)
    for p in block.parameters():
        p.requires_grad_(parameter.requires_grad)
    model.model[index] = block
    row = row_of(model, index)
    row[1:] = [1, type(block).__name__, args]


def take_place(old: nn.Module, new: nn.Module) -> None:
    """Give a module what Ultralytics pins on a layer: index, input, and its own name and size.

    A module that is no layer of a model of Ultralytics has none of these, and nothing happens.
    """
    if not (hasattr(old, "f") and hasattr(old, "i")):
        return
    cls = type(new)
    facts = {"i": old.i, "f": old.f, "type": f"{cls.__module__}.{cls.__qualname__}"}
    vars(new).update({**facts, "np": sum(p.numel() for p in new.parameters())})


def row_of(model: Layer, index: int) -> list[Any]:
    """Return a layer's row [from, repeats, module, args] of the model file; changing it changes the model's copy."""
    backbone = model.yaml["backbone"]
    return backbone[index] if index < len(backbone) else model.yaml["head"][index - len(backbone)]


def parameter_count(model: Layer) -> int:
    """Count parameters."""
    return sum(p.numel() for p in model.parameters())
