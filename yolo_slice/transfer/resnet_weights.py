"""Weights of torchvision's and timm's ResNets into model files of ResNets, by the names of their tensors."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

import torch
from torch import Tensor, nn
from ultralytics.nn.modules import Conv, ResNetLayer

from yolo_slice.blocks.basic_block import BasicBlock
from yolo_slice.blocks.spd_residual import SPDBasicBlock, SPDBottleneck
from yolo_slice.errors import SliceError
from yolo_slice.integration.log import inform
from yolo_slice.transfer.imagenet import MEAN, STD, check_normalisation, rows_of, take_unnormalised, tensors_of


@torch.no_grad()
def load_resnet(
    model: nn.Module,
    weights: nn.Module | Mapping[str, Tensor],
    mean: Sequence[float] = MEAN,
    std: Sequence[float] = STD,
) -> list[str]:
    """Load a ResNet of torchvision or timm into a model whose rows are a ResNet's; say and return what it lacked.

    What has no counterpart of the same shape stays as it is: a down-sampler of ours, a head for other classes, and the
    sliced layers of an SPD-ResNet. Those weights are for normalised images, and Ultralytics trains on values 0 to 1:
    the stem is changed to normalise by itself, which is exact except where it sees its zero padding.

    `train()` of a model made from YAML starts anew: `model.save("resnet18.pt")`, and train from that file.

    Args:
        model: `YOLO("resnet18-slicesamp-cls.yaml")`, or what is in it.
        weights: The other ResNet, or its state dict.
        mean: Of the images that it was trained on, for each colour; 0, 0, 0 if they were not normalised.
        std: Likewise, standard deviations; 1, 1, 1 if they were not normalised.

    Returns:
        Names of the tensors of the model that were left as they are.

    Raises:
        SliceError: If these are not the weights of a ResNet with as many blocks as the model has, and of the same kind.
    """
    check_normalisation("load_resnet", mean, std)
    source = tensors_of("load_resnet", weights)
    layers = rows_of(model)
    if layers is None:
        raise SliceError(f"load_resnet: expected a model of a model file, not {type(model).__name__}")
    names = _names(layers, source)
    state = layers.state_dict()
    found = {ours: source[theirs] for ours, theirs in names.items() if theirs in source}
    fitting = {ours: tensor for ours, tensor in found.items() if state[ours].shape == tensor.shape}
    layers.load_state_dict(fitting, strict=False)
    stem = layers[0]
    if isinstance(stem, Conv) and "0.conv.weight" in fitting:
        shift = take_unnormalised(stem.conv, torch.tensor(mean), torch.tensor(std))
        stem.bn.get_buffer("running_mean").add_(shift)
    left = [name for name in state if name not in fitting]
    modules = dict.fromkeys(name.rpartition(".")[0] for name in left)
    inform(f"ResNet: {len(fitting)} of {len(state)} tensors loaded; as they were: {', '.join(modules) or 'none'}")
    return left


def _names(layers: nn.Sequential, source: Mapping[str, Tensor]) -> dict[str, str]:
    """Say which tensor of the other ResNet is which of ours, by name."""
    blocks = dict(_residual_blocks(layers))
    places = sorted({(int(m[1]), int(m[2])) for name in source if (m := re.match(r"layer(\d+)\.(\d+)\.", name))})
    if not places:
        known = ", ".join([*source][:3]) or "nothing"
        raise SliceError(
            f"load_resnet: no ResNet of torchvision or timm: expected layer1.0.conv1.weight; found {known}"
        )
    if len(places) != len(blocks):
        raise SliceError(f"load_resnet: the weights are of {len(places)} residual blocks, the model has {len(blocks)}")
    names = {"0.conv.weight": "conv1.weight", **_batch_norm("0.bn", "bn1")}
    for (prefix, block), (stage, index) in zip(blocks.items(), places, strict=True):
        names |= _block_names(block, prefix, f"layer{stage}.{index}")
    theirs, ours = (_kind(tensors) for tensors in (source, names.values()))
    if theirs != ours:
        raise SliceError(f"load_resnet: the weights are of {theirs}, the model has {ours}")
    head = f"{len(layers) - 1}.linear"
    names |= {f"{head}.weight": "fc.weight", f"{head}.bias": "fc.bias"}
    return {ours: theirs for ours, theirs in names.items() if ours in layers.state_dict()}


def _kind(names: Iterable[str]) -> str:
    return "bottlenecks" if any(name.endswith(".conv3.weight") for name in names) else "basic blocks"


def _residual_blocks(layers: nn.Sequential) -> Iterator[tuple[str, nn.Module]]:
    for i, layer in enumerate(layers):
        if isinstance(layer, ResNetLayer):
            yield from ((f"{i}.layer.{j}", block) for j, block in enumerate(layer.layer))
        elif isinstance(layer, (BasicBlock, SPDBasicBlock, SPDBottleneck)):
            yield f"{i}", layer


def _block_names(block: nn.Module, ours: str, theirs: str) -> dict[str, str]:
    names = {}
    for child, module in block.named_modules():
        number = child.removeprefix("cv")
        conv, bn = (f"conv{number}", f"bn{number}") if number.isdigit() else ("downsample.0", "downsample.1")
        if isinstance(module, Conv):
            names |= {f"{ours}.{child}.conv.weight": f"{theirs}.{conv}.weight"}
            names |= _batch_norm(f"{ours}.{child}.bn", f"{theirs}.{bn}")
        elif isinstance(module, nn.Conv2d) and number.isdigit():
            names |= {f"{ours}.{child}.weight": f"{theirs}.{conv}.weight"}
    return names


def _batch_norm(ours: str, theirs: str) -> dict[str, str]:
    parts = ("weight", "bias", "running_mean", "running_var", "num_batches_tracked")
    return {f"{ours}.{part}": f"{theirs}.{part}" for part in parts}
