"""Layers that an interrupted conversion has finished, kept on disk until the checkpoint is written."""

import json
import shutil
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import torch
from torch import nn

from yolo_slice.transfer.layer_report import LayerReport
from yolo_slice.whole_file import whole_file


class KeptLayers:
    """A folder with the weights and report of each finished layer; layers of other settings are thrown away.

    Args:
        folder: Where to keep them; made when the first layer is kept.
        settings: Everything that the fits depend on, as plain values.
    """

    def __init__(self, folder: Path, settings: Sequence[object]) -> None:
        self.folder, self.settings = folder, json.dumps(list(settings), default=str)
        note = folder / "settings.json"
        if folder.is_dir() and (not note.is_file() or note.read_text(encoding="utf-8") != self.settings):
            self.discard()

    def load(self, index: int, block: nn.Module) -> LayerReport | None:
        """Fill a finished layer's block and return its report, or return None."""
        file = self.folder / f"{index}.pt"
        if not file.is_file():
            return None
        kept = torch.load(file, weights_only=True)
        block.load_state_dict(kept["state"])
        return LayerReport(**kept["report"])

    def save(self, index: int, block: nn.Module, report: LayerReport) -> None:
        """Keep a layer; a crash meanwhile leaves none."""
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "settings.json").write_text(self.settings, encoding="utf-8")
        with whole_file(self.folder / f"{index}.pt") as partial:
            torch.save({"state": block.state_dict(), "report": asdict(report)}, partial)

    def discard(self) -> None:
        """Remove the folder."""
        shutil.rmtree(self.folder, ignore_errors=True)
