"""The maps of every chosen layer for a batch, by any kind of method."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate

from yolo_slice.cam.maps.forward_pass import ForwardPass, run
from yolo_slice.cam.method import ActivationMethod, GradientMethod, LayerMethod, MaskingMethod
from yolo_slice.cam.targets import Pick
from yolo_slice.errors import SliceError
from yolo_slice.integration.log import progress

Maps = dict[int, Tensor]  # index of a layer -> (h, w), not normalised


def layer_maps(
    method: LayerMethod,
    model: nn.Module,
    images: Tensor,
    seen: ForwardPass,
    picks: Sequence[Sequence[Pick]],
    batch: int,
) -> list[list[Maps]]:
    """Return the maps of each image's picks, one for each chosen layer.

    Args:
        method: What makes a map of a layer.
        model: From `snapshot`.
        images: (B, 3, H, W), the model's input.
        seen: The run over `images`; with gradients if the method needs them.
        picks: For each image what to explain; blank picks get maps of zeros.
        batch: Masked images to run at a time.
    """
    if isinstance(method, GradientMethod):
        return _from_gradients(method, seen, picks)
    if isinstance(method, ActivationMethod):
        return _from_activations(method, seen, picks)
    return _from_masks(method, model, images, seen, picks, batch)


def _from_gradients(method: GradientMethod, seen: ForwardPass, picks: Sequence[Sequence[Pick]]) -> list[list[Maps]]:
    """One backward pass for the first target of every image together, one for the second, and so on."""
    maps = [[_zeros(seen) for _ in own] for own in picks]
    waiting = [[t for t, pick in enumerate(own) if len(pick.anchors)] for own in picks]
    rounds = max(map(len, waiting), default=0)
    for turn in range(rounds):
        taking = [(i, own[turn]) for i, own in enumerate(waiting) if turn < len(own)]
        with torch.enable_grad():
            total = torch.stack([_picked(seen.scores.logits[i], picks[i][t]).sum() for i, t in taking]).sum()
        gradients = _gradients(total, seen.activations, is_last=turn == rounds - 1)
        made = {layer: method.map(a.detach(), gradients[layer]) for layer, a in seen.activations.items()}
        for i, t in taking:
            maps[i][t] = {layer: each[i] for layer, each in made.items()}
    return maps


def _gradients(total: Tensor, activations: Maps, is_last: bool) -> Maps:
    found = torch.autograd.grad(total, list(activations.values()), retain_graph=not is_last, allow_unused=True)
    for layer, gradient in zip(activations, found, strict=True):
        if gradient is None:
            raise SliceError(f"layer {layer}: no class score depends on it; choose another layer")
    return dict(zip(activations, found, strict=True))


def _from_activations(method: ActivationMethod, seen: ForwardPass, picks: Sequence[Sequence[Pick]]) -> list[list[Maps]]:
    made = {layer: method.map(activations) for layer, activations in seen.activations.items()}
    own = [{layer: each[i] for layer, each in made.items()} for i in range(len(picks))]
    return [[own[i] if len(pick.anchors) else _zeros(seen) for pick in few] for i, few in enumerate(picks)]


def _from_masks(
    method: MaskingMethod,
    model: nn.Module,
    images: Tensor,
    seen: ForwardPass,
    picks: Sequence[Sequence[Pick]],
    batch: int,
) -> list[list[Maps]]:
    """The masked images of one image serve all its targets."""
    maps = [[_zeros(seen) for _ in own] for own in picks]
    wanted = [[t for t, pick in enumerate(own) if len(pick.anchors)] for own in picks]
    work = [(i, layer) for i, own in enumerate(wanted) if own for layer in seen.activations]
    for i, layer in progress(work, method.name):
        activations = seen.activations[layer][i]
        used = activations[method.channels(activations)]
        scores = _masked_scores(model, images[i], method.masks(used), [picks[i][t] for t in wanted[i]], batch)
        for t, own in zip(wanted[i], scores, strict=True):
            maps[i][t][layer] = method.map(used, own)
    return maps


def _masked_scores(model: nn.Module, image: Tensor, masks: Tensor, picks: Sequence[Pick], batch: int) -> Tensor:
    """Return the mean logit of each pick under each mask: (picks, masks)."""
    scores = []
    for few in masks.split(batch):
        enlarged = interpolate(few[:, None], size=image.shape[-2:], mode="bilinear", align_corners=False)
        logits = run(model, image * enlarged).scores.logits
        scores.append(torch.stack([torch.stack([_picked(each, pick).mean() for each in logits]) for pick in picks]))
    return torch.cat(scores, 1)


def _zeros(seen: ForwardPass) -> Maps:
    return {layer: torch.zeros_like(a[0, 0], requires_grad=False) for layer, a in seen.activations.items()}


def _picked(logits: Tensor, pick: Pick) -> Tensor:
    return logits[pick.classes, pick.anchors]
