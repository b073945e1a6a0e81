"""A constant factor or another order of a layer's output channels, folded into the convolutions on both sides."""

from typing import Any

import torch
from torch import Tensor, nn

from yolo_slice.integration.inference.layer_run import Layer


def fold_into_consumers(model: Layer, index: int, factor: float, image: Tensor) -> bool:
    """Multiply the weights that meet a layer's output, so that it may be 1/factor of what it was; tell if that can be.

    It cannot where the output goes anywhere but into convolutions, directly or through Concat and Upsample; then
    nothing changes.

    Args:
        model: A model of Ultralytics in eval mode; changed.
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


def reorder_output(model: Layer, index: int, order: Tensor, image: Tensor) -> bool:
    """Make a layer yield its channels in another order, and whatever gets them expect that order, but for one layer.

    Possible where the output comes from one convolution and goes into convolutions only, directly or through Concat
    and Upsample; else nothing changes. Tried in float64, where a wrong order cannot hide behind rounding.

    Args:
        model: A model of Ultralytics in eval mode, its BatchNorms folded; changed.
        index: Of the layer whose consumer is to get the new order: the output is that of the layer that feeds it.
        order: (C,) indices: new channel i is old channel order[i].
        image: (1, 3, H, W), to try it on.

    Returns:
        Whether the order is changed.
    """
    layer = model.model[index]
    source = index + layer.f if isinstance(layer.f, int) and layer.f < 0 else layer.f
    dtype = next(model.parameters()).dtype
    model.double()
    try:
        return isinstance(source, int) and _reorder(model, source, layer, order, image.double())
    finally:
        model.to(dtype)
        for m in model.modules():  # a head keeps the anchor points of the last size, which are of that type now
            if hasattr(m, "anchors") and hasattr(m, "shape"):
                m.shape = None


def _reorder(model: Layer, source: int, layer: Layer, order: Tensor, image: Tensor) -> bool:
    producer = _producer(model, source, image)
    if producer is None or len(producer.weight) != len(order):
        return False
    consumers = _consumers(model, source, image)
    back = torch.argsort(order)

    def permute(outgoing: Tensor, incoming: Tensor) -> None:
        producer.weight.data = producer.weight.data[outgoing]
        if producer.bias is not None:
            producer.bias.data = producer.bias.data[outgoing]
        for conv, channels in consumers:
            conv.weight.data[:, channels] = conv.weight.data[:, channels][:, incoming]

    before = _flat(model(image))
    permute(order, order)
    handle = layer.register_forward_pre_hook(lambda _, given: (given[0][:, back],))
    after = _flat(model(image))
    handle.remove()
    if torch.allclose(before, after, rtol=1e-9, atol=1e-9 * float(before.abs().max())):
        return True
    permute(back, back)
    return False


def _producer(model: Layer, index: int, image: Tensor) -> nn.Conv2d | None:
    """Find the convolution whose output, activated, is a layer's; None where that is another operation's."""
    from ultralytics.nn.modules import Conv

    made: list[tuple[Tensor, nn.Conv2d]] = []  # holds the tensors, so that no other can come to lie at their address
    outputs: list[Tensor] = []

    def remember(layer: Layer, _: tuple[Any, ...], out: Tensor) -> None:
        made.append((out, layer.conv))

    convs = [m for m in model.model[index].modules() if isinstance(m, Conv)]
    handles = [m.register_forward_hook(remember) for m in convs]
    handles.append(model.model[index].register_forward_hook(lambda _, __, out: outputs.append(out)))
    try:
        model(image)
    finally:
        for handle in handles:
            handle.remove()
    found = [c for y, c in made if isinstance(outputs[0], Tensor) and y.data_ptr() == outputs[0].data_ptr()]
    is_plain = bool(found) and type(found[-1]) is nn.Conv2d and found[-1].groups == 1
    return found[-1] if is_plain else None


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
