"""The layers of a host model, one by one: what goes into one, and how one is put in the place of another."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from yolo_slice.errors import SliceError
from yolo_slice.integration.inference.layer_run import head_inputs, inputs_of, layers_of

Layer = Any  # a module of the host, whose attributes no type says


@dataclass(frozen=True, slots=True)
class Site:
    """A layer of the host that can become a block of ours.

    Attributes:
        index: Of the layer, which is that of its row in the model file.
        is_upsampling: Nearest upsampling by 2, else a convolution of stride 2.
        width: Unscaled output channels, as the block's row must have them.
    """

    index: int
    is_upsampling: bool
    width: int


def find_sites(model: Layer) -> tuple[list[Site], dict[int, str]]:
    """List the layers that can become blocks of ours, and for the others that change resolution, why they cannot.

    Raises:
        SliceError: If the model's BatchNorms are folded into its convolutions.
    """
    sites, left = [], {}
    for index, layer in enumerate(model.model):
        if isinstance(layer, nn.Upsample):
            reason = "" if layer.mode == "nearest" and layer.scale_factor == 2 else "it is not nearest upsampling by 2"
        elif any(isinstance(m, nn.Conv2d) and m.stride[0] > 1 for m in layer.modules()):
            reason = _unfit(layer)
        else:
            continue
        if reason:
            left[index] = reason
        else:
            sites.append(Site(index, isinstance(layer, nn.Upsample), _width(model, index)))
    return sites, left


def _unfit(layer: Layer) -> str:
    """Say why a layer that strides cannot become a block of ours; nothing if it can."""
    from ultralytics.nn.modules import Conv

    if type(layer) is not Conv:
        return f"{type(layer).__name__} strides inside"
    if not isinstance(getattr(layer, "bn", None), nn.BatchNorm2d):
        raise SliceError("the model is fused, its BatchNorms are folded away: convert the checkpoint as it was trained")
    conv = layer.conv
    if conv.groups != 1 or conv.dilation != (1, 1) or conv.stride != (2, 2):
        return "its convolution is grouped, dilated, or does not stride by 2"
    if len({*conv.kernel_size}) > 1 or len({*conv.padding}) > 1:
        return "its kernel or padding is not square"
    return ""


def _width(model: Layer, index: int) -> int:
    """Return the unscaled output channels of a row; those of an upsampling are its source's."""
    source, _, name, args = row_of(model, index)
    if name == "nn.Upsample":
        return _width(model, index + source if source < 0 else source)
    if not args or not isinstance(args[0], int):
        raise SliceError(f"layer {index}, {row_of(model, index)}: its number of channels does not stand in its row")
    return args[0]


def layer_input(model: Layer, x: Any, index: int) -> Any:
    """Run a batch of images through the layers before one; return what that one gets: a tensor, or a list of them.

    Args:
        model: A host model.
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
        model: A host model.
        x: (B, 3, H, W) images, 0 to 1.
        layers: Indices, ascending; none is the head's.
    """
    outputs: list[Any] = []
    for layer in layers_of(model)[: layers.stop]:
        x = layer(inputs_of(layer, x, outputs))
        outputs.append(x)
    kept = {*model.save, *head_inputs(model), layers[-1]}
    return [outputs[i] for i in layers if i in kept and isinstance(outputs[i], Tensor)]


def replace_layer(model: Layer, index: int, block: Layer, args: list[Any]) -> None:
    """Put a block in a layer's place, in the model and in the model file that its checkpoint carries.

    The host's trainer rebuilds models from that file: both must say the same.

    Args:
        model: A host model; changed.
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
    """Give a module what the host pins on a layer: index, input, and its own name and size.

    A module that is no layer of a host model has none of these, and nothing happens.
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


def fold_into_consumers(model: Layer, index: int, factor: float, image: Tensor) -> bool:
    """Multiply the weights that meet a layer's output, so that it may be 1/factor of what it was; tell if that can be.

    It cannot where the output goes anywhere but into convolutions, directly or through Concat and Upsample; then
    nothing changes.

    Args:
        model: A host model in eval mode; changed.
        index: Of the layer.
        factor: What the layer's output will have to be multiplied by.
        image: (1, 3, H, W), to try it on.
    """
    before = _flat(model(image))
    scaled = _consumers(model, index, image)
    for conv, channels in scaled:
        conv.weight.data[:, channels] *= factor
    handle = model.model[index].register_forward_hook(lambda _, __, out: out / factor)
    after = _flat(model(image))
    handle.remove()
    if scaled and torch.allclose(before, after, rtol=1e-3, atol=1e-3 * float(before.abs().max())):
        return True
    for conv, channels in scaled:
        conv.weight.data[:, channels] /= factor
    return False


def _consumers(model: Layer, index: int, image: Tensor) -> list[tuple[nn.Conv2d, slice]]:
    """Find the convolutions that get a layer's output, and which of their input channels it is."""
    from ultralytics.nn.modules import Concat

    seen: list[tuple[Tensor, slice]] = []  # holds the tensors, so that no other can come to lie at their address
    found: list[tuple[nn.Conv2d, slice]] = []

    def channels_in(x: Tensor) -> slice | None:
        return next((place for y, place in seen if y.data_ptr() == x.data_ptr() and y.shape == x.shape), None)

    def remember(layer: Layer, given: tuple[Any, ...], out: Tensor) -> None:
        if layer.i == index:
            seen.append((out, slice(0, out.shape[1])))
        elif isinstance(layer, nn.Upsample):
            place = channels_in(given[0])
            if place:
                seen.append((out, place))
        elif isinstance(layer, Concat):
            start = 0
            for part in given[0]:
                if channels_in(part):
                    seen.append((out, slice(start, start + part.shape[1])))
                start += part.shape[1]

    def look(conv: nn.Conv2d, given: tuple[Tensor, ...]) -> None:
        place = channels_in(given[0])
        if place:
            found.append((conv, place))

    later = model.model[index + 1 :]
    handles = [layer.register_forward_hook(remember) for layer in model.model[index:]]
    handles += [m.register_forward_pre_hook(look) for m in later.modules() if isinstance(m, nn.Conv2d)]
    try:
        model(image)
    finally:
        for handle in handles:
            handle.remove()
    return found


def _flat(output: Any) -> Tensor:
    """Flatten the tensors of a model's raw output into one."""
    if isinstance(output, Tensor):
        return output.flatten().float()
    parts = output.values() if isinstance(output, dict) else output
    return torch.cat([_flat(part) for part in parts if part is not None])
