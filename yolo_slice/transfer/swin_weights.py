"""Weights of torchvision's Swin Transformers into model files of Swin, by the names that their tensors have there."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from yolo_slice.errors import SliceError
from yolo_slice.integration.log import inform
from yolo_slice.transfer.imagenet import MEAN, STD, check_normalisation, rows_of, take_unnormalised, tensors_of

STEM = {"0.0.": "0.conv.", "0.2.": "0.norm."}  # torchvision's names -> ours; the other layers have the same


@torch.no_grad()
def load_swin(
    model: nn.Module,
    weights: nn.Module | Mapping[str, Tensor],
    mean: Sequence[float] = MEAN,
    std: Sequence[float] = STD,
) -> list[str]:
    """Load a Swin of torchvision into the backbone of a model; say and return what it lacked.

    What has no counterpart of the same shape stays as it is: down-samplers that are not Patch Merging, the norms after
    the stages, and the head. Those weights are for normalised images, and Ultralytics trains on values 0 to 1: the
    patch embedding is changed to normalise by itself, which is exact except where it pads.

    `train()` of a model made from YAML starts anew: `model.save("swint.pt")`, and train with `pretrained=swint.pt`.

    Args:
        model: `YOLO("swint-upernet-slicesamp.yaml")`, or what is in it.
        weights: `torchvision.models.swin_t(weights="DEFAULT")`, or its state dict.
        mean: Of the images that it was trained on, for each colour; 0, 0, 0 if they were not normalised.
        std: Likewise, standard deviations; 1, 1, 1 if they were not normalised.

    Returns:
        Names of the backbone's tensors that were left as they are.

    Raises:
        SliceError: If these are not the weights of a Swin of the first version with as many blocks as this one has, or
            none of the stages has this one's shape.
    """
    check_normalisation("load_swin", mean, std)
    source = tensors_of("load_swin", weights)
    layers: Any = rows_of(model)
    if layers is None:
        raise SliceError(f"load_swin: expected a model of a model file, got {type(model).__name__}")
    found = {_ours(name): tensor for name, tensor in source.items() if name.startswith("features.")}
    if "0.conv.weight" not in found:
        known = ", ".join([*source][:3]) or "nothing"
        raise SliceError(f"load_swin: no Swin of torchvision: expected features.0.0.weight; found {known}")
    state = layers.state_dict()
    _check_blocks(found, state)
    fitting = {name: y for name, y in found.items() if name in state and state[name].shape == y.shape}
    if not any(name.endswith(".attn.qkv.weight") for name in fitting):
        raise SliceError("load_swin: none of the stages has the weights' shape; swin_t is for the files swint-...")
    layers.load_state_dict(fitting, strict=False)
    if "0.conv.weight" in fitting:
        conv = layers[0].conv
        conv.bias -= take_unnormalised(conv, torch.tensor(mean), torch.tensor(std))
    last = max(int(name.partition(".")[0]) for name in found)
    left = [name for name in state if int(name.partition(".")[0]) <= last and name not in fitting]
    modules = dict.fromkeys(name.rpartition(".")[0] for name in left)
    inform(f"Swin: {len(fitting)} tensors loaded; as they were: {', '.join([*modules, 'norms, head'])}")
    return left


def _check_blocks(found: Mapping[str, Tensor], state: Mapping[str, Tensor]) -> None:
    if any(name.endswith(".attn.logit_scale") for name in found):
        raise SliceError(
            "load_swin: these are weights of Swin V2, another network; expected those of swin_t and the like"
        )
    theirs, ours = ({n for n in names if n.endswith(".attn.qkv.weight")} for names in (found, state))
    if theirs != ours:
        raise SliceError(f"load_swin: the weights are of {len(theirs)} blocks, the model has {len(ours)}")


def _ours(name: str) -> str:
    name = name.removeprefix("features.")
    return next((ours + name[len(theirs) :] for theirs, ours in STEM.items() if name.startswith(theirs)), name)
