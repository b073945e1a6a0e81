"""`wrap_bottlenecks`: a network whose residual branches run on maps sampled by saliency (Kwan and Song 2022)."""

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from torch import nn

from yolo_slice.blocks.saliency_sampling import RATIO
from yolo_slice.blocks.sampled_block import SampledBlock
from yolo_slice.blocks.samplers import SamplerName, make_sampler
from yolo_slice.downsampling.residual_blocks import RESIDUAL_BLOCKS, ResidualBlock, residual_block
from yolo_slice.errors import SliceError


@dataclass(frozen=True, slots=True)
class _Site:
    """A residual block in a model: its path, the block, and what is known of its class."""

    name: str
    block: nn.Module
    kind: ResidualBlock


def wrap_bottlenecks(
    model: nn.Module,
    sizes: Sequence[int | tuple[int, int]] | None = None,
    ratio: float = RATIO,
    sampler: SamplerName = "saliency",
    stages: int | None = None,
) -> nn.Module:
    """Copy a model and let its residual branches run on sampled maps; the given model is not touched.

    Known are the residual blocks of torchvision's and timm's ResNets, of timm's EfficientNets, and of Ultralytics. A
    block is wrapped where its shortcut is the identity, which the first of a stage has not. All weights keep their
    names, and the samplers start as uniform sampling, so that trained weights go on from there. For blocks of other
    classes: `SSB(channels, branch, act)`.

    Args:
        model: A torchvision or timm ResNet, a timm EfficientNet, or a model of Ultralytics.
        sizes: Sides that the branches of the last stages work on, whatever the image, a number or (height, width) for
            each stage: (16, 8, 4) for a ResNet and 224 pixels. None: by the ratio, for images of any size.
        ratio: Height and width that the branches work on, over the map's.
        sampler: "saliency"; to compare with, "uniform", "bilinear", or "depthwise" with a ratio of 0.5.
        stages: Wrap the last stages, so many; None: as many as there are sizes, or without sizes all but the first,
            at whose resolution sampling costs what it saves.

    Raises:
        SliceError: If there is no block to wrap, or there are fewer stages than sizes, or a setting cannot be.

    Example:
        >>> from torchvision.models import resnet50
        >>> model = wrap_bottlenecks(resnet50(), sizes=(16, 8, 4))
        >>> sum(isinstance(m, SampledBlock) for m in model.modules())
        10
    """
    if not isinstance(model, nn.Module):
        raise SliceError(f"wrap_bottlenecks: expected a network, got {model!r}")
    if sizes is not None and not isinstance(sizes, Sequence):
        raise SliceError(f"sizes={sizes!r}: expected a size for each stage, as in (16, 8, 4)")
    new = copy.deepcopy(model)
    by_stage = _sites_by_stage(new)
    if not by_stage:
        known = ", ".join(name.removesuffix(".block") for name in RESIDUAL_BLOCKS)
        raise SliceError(f"{type(model).__name__} has no residual block that is known; known are: {known}")
    chosen = list(by_stage.values())[-_count_stages(by_stage, sizes, stages) :]
    count = 0
    for number, sites in enumerate(chosen):
        size = None if sizes is None else _pair(sizes[number])
        for site in sites:
            if site.kind.has_identity(site.block):
                new.set_submodule(site.name, _wrap(site, ratio, sampler, size))
                count += 1
    if not count:
        raise SliceError(f"{type(model).__name__}: no block of the last {len(chosen)} stages has an identity shortcut")
    return new


def _sites_by_stage(model: nn.Module) -> Mapping[str, list[_Site]]:
    by_stage: dict[str, list[_Site]] = {}
    for name, module in model.named_modules():
        kind = residual_block(module)
        if kind and name:
            by_stage.setdefault(kind.stage(name), []).append(_Site(name, module, kind))
    return by_stage


def _count_stages(
    by_stage: Mapping[str, list[_Site]], sizes: Sequence[int | tuple[int, int]] | None, stages: int | None
) -> int:
    """Return how many of the last stages are wrapped."""
    wanted = stages if stages is not None else len(sizes) if sizes is not None else max(1, len(by_stage) - 1)
    if sizes is not None and wanted != len(sizes):
        raise SliceError(f"sizes={tuple(sizes)} and stages={stages}: expected a size for each stage")
    if not 1 <= wanted <= len(by_stage):
        raise SliceError(f"cannot wrap {wanted} stages: this model has {len(by_stage)}: {', '.join(by_stage)}")
    return wanted


def _pair(size: int | tuple[int, int]) -> tuple[int, int]:
    return (size, size) if isinstance(size, int) else size


def _wrap(site: _Site, ratio: float, sampler: SamplerName, size: tuple[int, int] | None) -> SampledBlock:
    convolution = next(m for m in site.block.modules() if isinstance(m, nn.Conv2d))
    try:
        made = make_sampler(site.name, convolution.in_channels, ratio, sampler, size)
    except ValueError as error:
        raise SliceError(str(error)) from error
    made.to(convolution.weight.device, convolution.weight.dtype)
    return SampledBlock(site.block, site.kind.branch, site.kind.act, made)
