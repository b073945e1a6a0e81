"""What a study says while it runs: a line when a cell starts or ends, with the time left."""

import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import fmean
from typing import Any

from yolo_slice.announcing import announce, duration
from yolo_slice.study.cell import Cell
from yolo_slice.study.start import preparation_seconds


class Announcements:
    """Counts cells, and estimates from those that are finished how long the others take.

    Args:
        cells: All cells of the study.
        slots: How many are trained at a time.
    """

    def __init__(self, cells: Sequence[Cell], slots: int) -> None:
        self.cells, self.slots = cells, slots
        self.seconds: dict[tuple[str, str], list[float]] = defaultdict(list)
        self.done: set[Cell] = set()
        self.begun: dict[Cell, float] = {}
        self.prepared: set[Path] = {cell.start_file for cell in cells if preparation_seconds(cell) is not None}

    def starts(self, cell: Cell, device: str) -> None:
        """Say that a cell starts."""
        self.begun[cell] = time.monotonic()
        announce(f"{cell.title} starts on {device}{self._left()}")

    def ended(self, cell: Cell, record: Mapping[str, Any]) -> None:
        """Say that a cell has ended, and how."""
        left = self._left()
        count = f"{len(self.done)} of {len(self.cells)} done"
        if record["state"] != "finished":
            announce(f"{cell.title} FAILED: {record['error']}; {count}{left}\n    {last_line(cell.folder / 'log.txt')}")
            return
        made = "" if cell.start_file in self.prepared else self._say_prepared(cell)
        announce(f"{cell.title} finished in {duration(record['wall_s'])}{made}: AP {_ap(record)}; {count}{left}")

    def died(self, cell: Cell, status: int) -> None:
        """Say that a cell's process was ended from outside."""
        announce(f"{cell.title}: its process was ended (exit status {status}); it goes on from its last epoch")

    def is_elsewhere(self, cell: Cell) -> None:
        """Take note that another shell has a cell."""
        self.begun.pop(cell, None)

    def _say_prepared(self, cell: Cell) -> str:
        seconds = preparation_seconds(cell)
        self.prepared.add(cell.start_file)
        return f" (weights prepared before, in {duration(seconds)})" if seconds is not None else ""

    def _left(self) -> str:
        """Estimate the time left, of all shells' cells; empty before the first has finished."""
        self._look()
        if not self.seconds:
            return ""
        usual = fmean(value for values in self.seconds.values() for value in values)
        left = [cell for cell in self.cells if cell not in self.done]
        seconds = sum(self._rest(cell, usual) for cell in left)
        return f", about {duration(seconds / self.slots)} left" if left else ""

    def _look(self) -> None:
        """Read the records that are new, from here or from another shell."""
        for cell in self.cells:
            if cell not in self.done and (record := cell.read_record()):
                self.done.add(cell)
                if record["state"] == "finished":
                    self.seconds[cell.data, cell.arm].append(record["wall_s"])

    def _rest(self, cell: Cell, usual: float) -> float:
        whole = fmean(self.seconds.get((cell.data, cell.arm), [usual]))
        gone = time.monotonic() - self.begun[cell] if cell in self.begun else 0
        return max(0.0, whole - gone)


def _ap(record: Mapping[str, Any]) -> str:
    value = record["last"]["AP"]
    return "unknown" if value is None else f"{value:.3f}"


def last_line(file: Path) -> str:
    """Return the last line of a log that says something."""
    try:
        with file.open("rb") as log:
            log.seek(max(0, file.stat().st_size - 4096))
            lines = log.read().decode("utf-8", errors="replace").replace("\r", "\n").splitlines()
    except OSError:
        return ""
    return next((line.strip() for line in reversed(lines) if line.strip()), "")
