"""Reads `results.csv`, to which Ultralytics adds a line after each epoch, whatever has happened to the training."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from yolo_slice.errors import SliceError
from yolo_slice.foreign_files import read_text

SHOWN = 5  # epochs listed in a finding before "and so on"


@dataclass(frozen=True, slots=True)
class Curves:
    """What a training measured after each epoch.

    Attributes:
        epochs: Numbers of the epochs that are there, from 1, rising.
        columns: Name, as in the file without spaces, to a value for each epoch; nan where there is none.
        findings: What is wrong with the file, and what was done about it, a line each.
    """

    epochs: tuple[int, ...]
    columns: Mapping[str, tuple[float, ...]]
    findings: tuple[str, ...]


def read_results_csv(file: Path) -> Curves:
    """Read the file of a finished, running, interrupted or resumed training.

    A line that is cut short, or that a resumed training wrote after such a line, is left out. Where the epoch number
    does not rise, training went back to that epoch (`resume` from an older checkpoint): its older rows are dropped.

    Raises:
        SliceError: If it is not a `results.csv`.
    """
    lines = read_text(file, "replace").split("\n")
    header = [name.strip() for name in lines[0].split(",")]
    if "epoch" not in header:
        raise SliceError(f"{file}: no column 'epoch' in its first line, so this is not a results.csv of `yolo train`")
    findings: list[str] = []
    rows = _rising(_rows(lines, header, findings), findings)
    first = 1 if 0 in rows else 0  # Ultralytics before 8.1 counts epochs from 0
    epochs = tuple(epoch + first for epoch in rows)
    if missing := sorted(set(range(1, max(epochs, default=0))) - set(epochs)):
        more = " and so on" if len(missing) > SHOWN else ""
        findings.append(f"no numbers of epoch {', '.join(map(str, missing[:SHOWN]))}{more}")
    columns = {name: tuple(row[i] for row in rows.values()) for i, name in enumerate(header)}
    return Curves(epochs, columns, tuple(findings))


def _rows(lines: Sequence[str], header: Sequence[str], findings: list[str]) -> Iterator[tuple[int, int, list[float]]]:
    """Yield line number, epoch and values of each whole line; the rest becomes findings."""
    at = header.index("epoch")
    for number, line in enumerate(lines[1:], start=2):
        if not line.strip():
            continue
        values, count = _numbers(line), line.count(",") + 1
        if number == len(lines):
            findings.append(f"line {number} is cut short (no end of line), left out")
        elif count != len(header):
            findings.append(f"line {number} has {count} values for {len(header)} columns, left out")
        elif values is None or not math.isfinite(values[at]):
            findings.append(f"line {number} holds something that is not a number, left out")
        else:
            yield number, int(values[at]), values


def _rising(rows: Iterator[tuple[int, int, list[float]]], findings: list[str]) -> dict[int, list[float]]:
    """Keep the rows of the branch that training ended on."""
    kept: dict[int, list[float]] = {}
    for number, epoch, values in rows:
        if stale := [old for old in kept if old >= epoch]:
            findings.append(f"line {number} starts epoch {epoch} again; {len(stale)} older row(s) from there left out")
            for old in stale:
                del kept[old]
        kept[epoch] = values
    return kept


def _numbers(line: str) -> list[float] | None:
    """Read the numbers of a line; an empty cell is nan. None if a cell holds something else.

    Example:
        >>> _numbers("1, 0.25,"), _numbers("1,0.2x")
        ([1.0, 0.25, nan], None)
    """
    try:
        return [float(cell) if cell.strip() else math.nan for cell in line.split(",")]
    except ValueError:
        return None
