"""A model rewritten for a runtime: every block of ours in the form that the table gives it."""

import copy
from typing import Any

import torch
from torch import Tensor, nn

from yolo_slice.blocks.slice_upsamp import SliceUpsamp
from yolo_slice.deploy.forms import Form, forms_of
from yolo_slice.deploy.shuffled import shuffled, transposed
from yolo_slice.errors import SliceError
from yolo_slice.integration.inference.exchange import take_place
from yolo_slice.integration.inference.folding import reorder_output
from yolo_slice.registry import block_of


def optimize(model: nn.Module, runtime: str = "onnx") -> nn.Module:
    """Rewrite a copy of a model so that a runtime computes our blocks fast: the same function in other operations.

    `yolo export` does so by itself. The model that is given stays as it is, and so do its state_dict and checkpoint;
    those of the copy are no longer what training and loading expect.

    Args:
        model: Any `nn.Module` that has blocks of ours in it, or a `YOLO`, of which the network is taken.
        runtime: A format of `yolo export`: onnx, openvino, engine, ncnn, mnn, litert, torchscript, ...

    Returns:
        The copy, in eval mode, its BatchNorms folded where Ultralytics folds them, its blocks of ours replaced.

    Raises:
        SliceError: If the model is a path or an exported file.

    Example:
        >>> from yolo_slice.blocks import SliceSamp
        >>> [type(m).__name__ for m in optimize(nn.Sequential(SliceSamp(4, 8)))[0]]
        ['FourConvolutions', 'GELU', 'Conv2d', 'GELU']
    """
    network: Any = getattr(model, "model", model) if hasattr(model, "task") and hasattr(model, "ckpt") else model
    if not isinstance(network, nn.Module):
        raise SliceError(f"optimize: the model must be a torch module, got {network!r}; load it with YOLO(...) first")
    network = copy.deepcopy(network).eval().requires_grad_(False)
    if hasattr(network, "fuse"):
        network.fuse(verbose=False)
    return rewrite(network, runtime)


def rewrite(model: nn.Module, runtime: str, one_size: bool = False) -> nn.Module:
    """Replace the blocks of a model in eval mode, in place; return it, or the form of a model that is one block.

    Args:
        model: Changed.
        runtime: As in `optimize`.
        one_size: Whether the graph that is made of it will be given images of one size only.
    """
    forms = forms_of(runtime, one_size)
    reordered = _reorder_inputs(model) if forms.get("SliceUpsamp") is shuffled else set()
    if form := _form_of(model, forms, reordered):
        return form
    for parent in [*model.modules()]:
        for name, child in [*parent.named_children()]:
            if form := _form_of(child, forms, reordered):
                take_place(child, form)
                setattr(parent, name, form)
    return model


def our_blocks(model: nn.Module) -> list[nn.Module]:
    """List the blocks of ours in a model."""
    return [m for m in model.modules() if is_ours(m)]


def is_ours(module: nn.Module) -> bool:
    """Tell whether a module is a block of ours, and no other that happens to have its name."""
    entry = block_of(module)
    return entry is not None and type(module) is entry.cls


def _form_of(module: Any, forms: Any, reordered: set[int]) -> nn.Module | None:
    form: Form | None = forms.get(type(module).__name__) if is_ours(module) else None
    if form is shuffled and id(module) not in reordered:
        form = transposed
    return form and form(module)


@torch.no_grad()
def _reorder_inputs(model: Any) -> set[int]:
    """Give every SliceUpsamp that is a layer its channels in the order of `pixel_shuffle`, where that is possible.

    Returns:
        The ids of those that get them so.
    """
    layers = getattr(model, "model", None)
    if not isinstance(layers, nn.Sequential) or not hasattr(model, "stride"):
        return set()
    found: list[Any] = [m for m in layers if type(m) is SliceUpsamp]
    parameter, side = next(model.parameters()), 2 * int(max(model.stride))
    channels = getattr(model, "yaml", {}).get("channels", 3)
    image = torch.rand(1, channels, side, side, generator=torch.Generator().manual_seed(0)).to(parameter)
    return {id(m) for m in found if reorder_output(model, m.i, shuffle_order(4 * len(m.depthwise.conv.weight)), image)}


def shuffle_order(c: int) -> Tensor:
    """Say which channel of the order of `space_to_depth` is each one of `pixel_shuffle`'s.

    Example:
        >>> shuffle_order(8).tolist()
        [0, 4, 2, 6, 1, 5, 3, 7]
    """
    return torch.arange(c).view(2, 2, c // 4).permute(2, 1, 0).flatten()
