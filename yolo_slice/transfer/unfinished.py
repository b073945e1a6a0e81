"""A conversion that is under way, kept on disk until its checkpoint is written."""

import json
import pickle
from collections.abc import Sequence
from pathlib import Path

import torch

from yolo_slice.atomic_file import whole_file
from yolo_slice.integration.inference.layers import Layer
from yolo_slice.transfer.layer_report import LayerReport


class Unfinished:
    """A file with the model as it is after the last finished layer, and the reports of the finished ones.

    Args:
        file: Where to keep them.
        settings: Everything that the result depends on, as plain values; what was kept for others is not used.
    """

    def __init__(self, file: Path, settings: Sequence[object]) -> None:
        self.file, self.settings = file, json.dumps(list(settings), default=str)

    def load(self) -> tuple[Layer, list[LayerReport]] | None:
        """Return the model, on the CPU, and the reports, or None if there are none for these settings."""
        if not self.file.is_file():
            return None
        try:
            kept = torch.load(self.file, map_location="cpu", weights_only=False)
        except (RuntimeError, pickle.UnpicklingError, EOFError, AttributeError, ModuleNotFoundError):
            return None  # broken, or of other versions: the layers are fitted anew
        return (kept["model"], kept["reports"]) if kept["settings"] == self.settings else None

    def save(self, model: Layer, reports: Sequence[LayerReport]) -> None:
        """Keep them; a crash meanwhile leaves what was kept before."""
        with whole_file(self.file) as partial:
            torch.save({"settings": self.settings, "model": model, "reports": list(reports)}, partial)

    def discard(self) -> None:
        """Remove the file."""
        self.file.unlink(missing_ok=True)
