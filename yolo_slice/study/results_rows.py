"""The rows of a cell's results.csv: cut where training goes on, read when it has ended."""

from pathlib import Path
from typing import Any

from yolo_slice.atomic_file import write_whole
from yolo_slice.compare.results_csv import read_results_csv


def cut_results(file: Path, epoch: int) -> None:
    """Remove the rows after an epoch, and what was written of a row when the process died."""
    if not file.is_file():
        return
    lines = file.read_text("utf-8", errors="replace").splitlines(keepends=True)
    kept = [line for line in lines[1:] if line.endswith("\n") and _epoch(line) <= epoch]
    write_whole(file, "".join([*lines[:1], *kept]))


def _epoch(line: str) -> float:
    try:
        return float(line.split(",")[0])
    except ValueError:
        return float("inf")


def epoch_rows(file: Path) -> list[dict[str, Any]]:
    """Return a row for each epoch: its number, and the columns by short names, such as mAP50 and train/box_loss."""
    curves = read_results_csv(file)
    names = {column: column.removeprefix("metrics/").removesuffix("(B)") for column in curves.columns}
    values = {names[column]: row for column, row in curves.columns.items() if column != "epoch"}
    return [
        {"epoch": epoch, **{name: _known(row[place]) for name, row in values.items()}}
        for place, epoch in enumerate(curves.epochs)
    ]


def _known(value: float) -> float | None:
    return value if value == value and abs(value) != float("inf") else None  # JSON has neither nan nor inf
