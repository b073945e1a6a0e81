"""Trains one cell in this process, if no other one does: what every engine calls."""

import os
from pathlib import Path
from typing import Any, Literal

from yolo_slice.study.cell import open_cell
from yolo_slice.study.claim import take_claim

Outcome = Literal["finished", "failed", "busy"]
LOST = 75  # exit status of a process whose claim another one has taken over


def train_cell(folder: Path, device: str) -> Outcome:
    """Train a cell to its end, from where it has come to, and write its record.

    Args:
        folder: The cell's folder: STUDY/DATA/ARM/seed=N.
        device: Where, as for `yolo train`.

    Returns:
        What its record says; "busy" if another living process has it.

    Raises:
        SliceError: If the folder is no cell of a study.
    """
    cell, protocol = open_cell(folder)
    cell.folder.mkdir(parents=True, exist_ok=True)
    claim = take_claim(cell.folder)
    if claim is None:
        return "busy"
    from yolo_slice.study.cell_work import CellWork  # torch takes seconds; the claim does not wait for it

    work = CellWork(cell, protocol, device)
    with claim.kept(work.save_meter, lambda: os._exit(LOST)):
        record = cell.read_record() or work.do()
    return record["state"]


def give_up(folder: Path, device: str, why: str) -> dict[str, Any] | None:
    """Write the record of a cell that cannot be trained; None if another living process has it.

    Args:
        folder: The cell's folder.
        device: Where it was trained.
        why: What the record says.
    """
    cell, protocol = open_cell(folder)
    claim = take_claim(cell.folder)
    if claim is None:
        return None
    from yolo_slice.study.cell_work import CellWork

    with claim.kept(lambda: None, lambda: None):
        return cell.read_record() or CellWork(cell, protocol, device).fail(why)
