"""A conversion in progress, kept on disk until its checkpoint is written."""

import json
import pickle
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from yolo_slice.atomic_file import remove_whole
from yolo_slice.integration import log
from yolo_slice.integration.weights.checkpoints import write_tensors
from yolo_slice.transfer.layer_report import LayerReport


@dataclass(frozen=True, slots=True)
class Kept:
    """What the finished layers of a conversion have come to.

    Attributes:
        weights: The state dict of the whole model, on the CPU.
        arguments: Of the blocks that took the place of the finished layers, as their rows have them.
        reports: Of the finished layers.
    """

    weights: Mapping[str, Tensor]
    arguments: Sequence[list[Any]]
    reports: Sequence[LayerReport]


class Unfinished:
    """A file with the weights as they are after the last finished layer; tensors and plain values, no code.

    Args:
        file: Where to keep them.
        settings: Everything that the result depends on, as plain values; what was kept for others is not used.
    """

    def __init__(self, file: Path, settings: Sequence[object]) -> None:
        self.file, self.settings = file, json.dumps(list(settings), default=str)

    def load(self) -> Kept | None:
        """Return what was kept, or None if there is nothing for these settings."""
        if not self.file.is_file():
            return None
        try:
            kept = torch.load(self.file, map_location="cpu", weights_only=True)
            if kept["settings"] != self.settings:
                return None
            return Kept(kept["weights"], kept["arguments"], [LayerReport(**report) for report in kept["reports"]])
        except (RuntimeError, pickle.UnpicklingError, EOFError, KeyError, TypeError):
            log.warn(f"{self.file} is not what an interrupted conversion leaves, and is not used")
            return None

    def save(self, kept: Kept) -> None:
        """Keep them; a crash meanwhile leaves what was kept before."""
        reports = [asdict(report) for report in kept.reports]
        facts = {"settings": self.settings, "arguments": list(kept.arguments), "reports": reports}
        write_tensors(self.file, {**facts, "weights": dict(kept.weights)})

    def discard(self) -> None:
        """Remove the file."""
        remove_whole(self.file)
