"""A constant factor of a layer's output, folded into the convolutions that the output goes to."""

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
