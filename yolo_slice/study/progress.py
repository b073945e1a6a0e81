"""What a study says while it runs: a line when a cell starts or ends, with the time left."""

import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import fmean
from typing import Any

from yolo_slice.study.cell import Cell


class Progress:
    """Counts cells, and estimates from those that are finished how long the others take.

    Args:
        cells: All cells of the study.
        slots: How many are trained at a time.
    """

    def __init__(self, cells: Sequence[Cell], slots: int) -> None:
        self.cells, self.slots = cells, slots
        self.seconds: dict[tuple[str, str], list[float]] = defaultdict(list)
        self.done: dict[Cell, str] = {}
        self.begun: dict[Cell, float] = {}
        for cell in cells:
            self._look(cell)

    def started(self, cell: Cell, device: str) -> None:
        """Say that a cell has started."""
        self.begun[cell] = time.monotonic()
        self._say(f"{cell.title} starts on {device}{self._left()}")

    def ended(self, cell: Cell, record: Mapping[str, Any]) -> None:
        """Say that a cell has ended, and how."""
        self._look(cell)
        count = f"{len(self.done)} of {len(self.cells)}"
        if record["state"] == "finished":
            last, took = record["last"], duration(record["wall_s"])
            self._say(f"{cell.title} finished in {took}: AP {last['AP'] or 0:.3f}; {count} done{self._left()}")
        else:
            self._say(f"{cell.title} FAILED: {record['error']}\n  {last_line(cell.folder / 'log.txt')}\n  {count} done")

    def died(self, cell: Cell, status: int) -> None:
        """Say that a cell's process was ended from outside."""
        self._say(f"{cell.title}: its process was ended (exit status {status}); it goes on from its last epoch")

    def taken(self, cell: Cell) -> None:
        """Take note that another shell has a cell."""
        self.begun.pop(cell, None)

    def _look(self, cell: Cell) -> None:
        record = cell.read_record()
        if record and cell not in self.done:
            self.done[cell] = record["state"]
            if record["state"] == "finished":
                self.seconds[cell.data, cell.arm].append(record["wall_s"])

    def _left(self) -> str:
        for cell in self.cells:
            if cell not in self.done:
                self._look(cell)  # other shells finish cells, too
        known = [fmean(seconds) for seconds in self.seconds.values()]
        if not known:
            return ""
        left = [cell for cell in self.cells if cell not in self.done]
        seconds = sum(
            fmean(self.seconds.get((cell.data, cell.arm), [fmean(known)]))
            - min(time.monotonic() - self.begun.get(cell, time.monotonic()), fmean(known))
            for cell in left
        )
        return f", about {duration(seconds / self.slots)} left" if left else ""

    def _say(self, text: str) -> None:
        print(f"{time.strftime('%H:%M:%S')}  {text}", flush=True)


def duration(seconds: float) -> str:
    """Write a time in two units.

    Example:
        >>> duration(42.4), duration(754), duration(7260), duration(200000)
        ('42 s', '12 min 34 s', '2 h 1 min', '2 d 7 h')
    """
    units = (("d", 86400), ("h", 3600), ("min", 60), ("s", 1))
    left, parts = round(seconds), []
    for name, size in units:
        count, left = divmod(left, size)
        if count or parts:
            parts.append(f"{count} {name}")
    return " ".join(parts[:2]) or "0 s"


def last_line(file: Path) -> str:
    """Return the last line of a log that says something."""
    try:
        with file.open("rb") as log:
            log.seek(max(0, file.stat().st_size - 4096))
            lines = log.read().decode("utf-8", errors="replace").replace("\r", "\n").splitlines()
    except OSError:
        return ""
    return next((line.strip() for line in reversed(lines) if line.strip()), "")
