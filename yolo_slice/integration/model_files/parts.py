"""Layers of ours for networks that are not YOLO: rows may name them, and they are loaded when a model file does.

They are no blocks, because they take the place of no row, and torchvision's models take long to import.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from yolo_slice.integration.model_files.rows import rows
from yolo_slice.registry import Block

PACKAGE = "yolo_slice.segmentation"


@dataclass(frozen=True, slots=True)
class Part:
    """A layer of ours.

    Attributes:
        module: Where its class is.
        scale: Output height and width over the input's.
    """

    module: str
    scale: float


PARTS: Mapping[str, Part] = {
    "ChannelNorm": Part(f"{PACKAGE}.channel_norm", 1),
    "EdgeStrength": Part(f"{PACKAGE}.edge_strength", 0.125),
    "PatchEmbed": Part(f"{PACKAGE}.patch_embed", 0.25),
    "SelectiveStage": Part(f"{PACKAGE}.selective_stage", 1),
    "SwinStage": Part(f"{PACKAGE}.swin_stage", 1),
}


def parts_of(d: Mapping[str, Any]) -> dict[str, Block]:
    """Return the layers of ours that a model dict names, as the parser wants blocks."""
    named = sorted({row[2] for _, row in rows(dict(d))} & PARTS.keys())
    return {name: Block(getattr(import_module(PARTS[name].module), name), PARTS[name].scale, "") for name in named}
