"""The residual blocks of torchvision, timm and Ultralytics: of which children their branch is made."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from torch import nn


@dataclass(frozen=True, slots=True)
class ResidualBlock:
    """A class of residual blocks.

    Attributes:
        branch: Names of the children in the order in which the branch applies them; a block may lack some.
        act: Name of the child that is applied to the sum; empty: none is.
        has_identity: Whether a block's shortcut is the identity.
        stage: Path of the stage that a block at a path is in: "layer2" of "layer2.1".
    """

    branch: tuple[str, ...]
    act: str
    has_identity: Callable[[Any], bool]
    stage: Callable[[str], str] = lambda name: name.rpartition(".")[0]


def _has_no_downsample(block: Any) -> bool:
    return block.downsample is None and block.stride in (1, (1, 1))


def _has_skip(block: Any) -> bool:
    return block.has_skip and getattr(block, "conv_s2d", None) is None


def _row(name: str) -> str:
    """Return the row of Ultralytics' model that a module is in: "model.4.m.0" is in "model.4"."""
    parts = name.split(".")
    return ".".join(parts[: 1 + next((i for i, part in enumerate(parts) if part.isdecimal()), len(parts))])


_TIMM_END = ("se", "drop_path")

# By the full name of the class, so that no library is loaded to look for its blocks
RESIDUAL_BLOCKS: dict[str, ResidualBlock] = {
    "torchvision.models.resnet.BasicBlock": ResidualBlock(
        ("conv1", "bn1", "relu", "conv2", "bn2"), "relu", _has_no_downsample
    ),
    "torchvision.models.resnet.Bottleneck": ResidualBlock(
        ("conv1", "bn1", "relu", "conv2", "bn2", "relu", "conv3", "bn3"), "relu", _has_no_downsample
    ),
    "timm.models.resnet.BasicBlock": ResidualBlock(
        ("conv1", "bn1", "drop_block", "act1", "aa", "conv2", "bn2", *_TIMM_END), "act2", _has_no_downsample
    ),
    "timm.models.resnet.Bottleneck": ResidualBlock(
        ("conv1", "bn1", "act1", "conv2", "bn2", "drop_block", "act2", "aa", "conv3", "bn3", *_TIMM_END),
        "act3",
        _has_no_downsample,
    ),
    "timm.models._efficientnet_blocks.DepthwiseSeparableConv": ResidualBlock(
        ("conv_dw", "bn1", "aa", "se", "conv_pw", "bn2", "drop_path"),
        "",
        _has_skip,
    ),
    "timm.models._efficientnet_blocks.InvertedResidual": ResidualBlock(
        ("conv_pw", "bn1", "conv_dw", "bn2", "aa", "se", "conv_pwl", "bn3", "drop_path"),
        "",
        _has_skip,
    ),
    "ultralytics.nn.modules.block.Bottleneck": ResidualBlock(("cv1", "cv2"), "", lambda block: block.add, _row),
    "ultralytics.nn.modules.block.ResNetBlock": ResidualBlock(
        ("cv1", "cv2", "cv3"), "relu", lambda block: isinstance(block.shortcut, nn.Identity)
    ),
}


def residual_block(module: nn.Module) -> ResidualBlock | None:
    """Return what is known of a module's class; None if it is no residual block that is known.

    Example:
        >>> from torchvision.models.resnet import BasicBlock
        >>> residual_block(BasicBlock(8, 8)).branch
        ('conv1', 'bn1', 'relu', 'conv2', 'bn2')
    """
    cls = type(module)
    return RESIDUAL_BLOCKS.get(f"{cls.__module__}.{cls.__qualname__}")
