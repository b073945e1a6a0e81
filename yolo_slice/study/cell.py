"""A cell of a study: one model, one data set, one seed. Its folder is its state."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from yolo_slice.errors import SliceError
from yolo_slice.study.arms import Arm
from yolo_slice.study.protocol import Protocol, read_protocol

RECORD = "record.json"


@dataclass(frozen=True, slots=True)
class Cell:
    """One training.

    Attributes:
        root: The study's folder.
        data: Label of the data set.
        arm: Label of the model.
        seed: Seed.
    """

    root: Path
    data: str
    arm: str
    seed: int

    @property
    def folder(self) -> Path:
        """Where it is trained."""
        return self.root / self.data / self.arm / f"seed={self.seed}"

    @property
    def title(self) -> str:
        """How it is called in messages."""
        return f"{self.data}/{self.arm}/seed={self.seed}"

    @property
    def start_file(self) -> Path:
        """The converted weights that it starts from, where its arm is converted."""
        return self.root / "starts" / self.data / f"{self.arm.removesuffix('.pt')}.pt"

    def read_record(self) -> dict[str, Any] | None:
        """Return its record; None while there is none."""
        try:
            return json.loads((self.folder / RECORD).read_text("utf-8"))
        except FileNotFoundError:
            return None
        except ValueError as fault:
            raise SliceError(f"{self.folder / RECORD} is not JSON ({fault}); remove it, or bring it back") from None


def cells_of(root: Path, protocol: Protocol) -> list[Cell]:
    """List a study's cells in the order of training: seed by seed, so that a study that is stopped is balanced."""
    return [Cell(root, data, arm, seed) for seed in protocol.seeds for data in protocol.data for arm in protocol.arms]


def open_cell(folder: Path) -> tuple[Cell, Protocol]:
    """Find the cell that a folder belongs to, and its study.

    Raises:
        SliceError: If it belongs to none.
    """
    folder = folder.resolve()
    root = folder.parents[2]
    protocol = read_protocol(root)
    for cell in cells_of(root, protocol):
        if cell.folder == folder:
            return cell, protocol
    raise SliceError(f"{folder} is no cell of the study {root}")


def arm_of(cell: Cell, protocol: Protocol) -> Arm:
    """Return a cell's arm."""
    arms: Mapping[str, Arm] = protocol.arms
    return arms[cell.arm]
