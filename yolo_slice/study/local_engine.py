"""Trains the cells of a study on this machine: a process for each, one at a time on each device."""

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from yolo_slice.errors import SliceError
from yolo_slice.study.cell import RECORD, Cell
from yolo_slice.study.claim import is_claimed
from yolo_slice.study.process import STATUS
from yolo_slice.study.progress import Progress

POLL_S = 0.2
RESCAN_S = 2.0
DEATHS = 3  # of a cell's process in a row, without an epoch in between, before the cell has failed
BUSY = STATUS["busy"]


@dataclass(slots=True)
class Running:
    """A process that trains a cell.

    Attributes:
        cell: The cell.
        process: The process.
        device: Where.
    """

    cell: Cell
    process: subprocess.Popen[bytes]
    device: str


@dataclass(slots=True)
class LocalEngine:
    """Trains cells until each has a record, whether from here or from another shell.

    Attributes:
        cells: In the order of training.
        devices: One process at a time for each.
        progress: Says what happens.
    """

    cells: Sequence[Cell]
    devices: Sequence[str]
    progress: Progress
    running: dict[int, Running] = field(default_factory=dict)
    deaths: dict[Cell, list[int]] = field(default_factory=dict)

    def run(self) -> None:
        """Train; when this ends in any way, no process of it is left."""
        try:
            while self._step():
                time.sleep(POLL_S)
        finally:
            for running in self.running.values():
                running.process.stdin.close()  # pyright: ignore[reportOptionalMemberAccess]  the sign to end
            for running in self.running.values():
                running.process.wait()

    def _step(self) -> bool:
        """Take note of what has ended, start what can be; False when nothing is left to do."""
        for slot, running in [*self.running.items()]:
            if running.process.poll() is not None:
                del self.running[slot]
                self._ended(running)
        open_cells = [cell for cell in self.cells if not (cell.folder / RECORD).exists()]
        if not open_cells:
            return bool(self.running)
        free = [slot for slot in range(len(self.devices)) if slot not in self.running]
        if free:
            self._fill(free, open_cells)
        return True

    def _fill(self, free: Sequence[int], open_cells: Sequence[Cell]) -> None:
        waiting = self._startable(open_cells)
        for slot in free:
            cell = next(waiting, None)
            if cell is None:
                time.sleep(0 if self.running else RESCAN_S)  # other shells have the rest
                return
            self._start(slot, cell)

    def _startable(self, open_cells: Sequence[Cell]) -> Iterator[Cell]:
        mine = {running.cell for running in self.running.values()}
        now = _disk_time(self.cells[0].root)
        yield from (cell for cell in open_cells if cell not in mine and not is_claimed(cell.folder, now))

    def _start(self, slot: int, cell: Cell) -> None:
        device = self.devices[slot]
        self.running[slot] = Running(cell, start_process(cell, device, self._threads()), device)
        self.progress.started(cell, device)

    def _threads(self) -> int:
        return max(1, usable_cores() // self.devices.count("cpu")) if "cpu" in self.devices else 1

    def _ended(self, running: Running) -> None:
        record = running.cell.read_record()
        if running.process.returncode == BUSY:
            self.progress.taken(running.cell)
        elif record:
            self.progress.ended(running.cell, record)
        else:
            self._died(running)

    def _died(self, running: Running) -> None:
        """Let a cell whose process was killed be started again, unless that happens again and again at one epoch."""
        from yolo_slice.study.kept_epochs import KeptEpochs

        kept = KeptEpochs(running.cell.folder).read()
        epochs = self.deaths.setdefault(running.cell, [])
        epochs.append(kept.epoch if kept else 0)
        status = running.process.returncode
        self.progress.died(running.cell, status)
        if epochs[-DEATHS:] == epochs[-1:] * DEATHS:
            raise SliceError(
                f"{running.cell.title}: its process was ended from outside {DEATHS} times in a row (exit status "
                f"{status}), as when memory runs out; see {running.cell.folder / 'log.txt'}"
            )


def start_process(cell: Cell, device: str, threads: int) -> subprocess.Popen[bytes]:
    """Start the process that trains a cell; what it prints goes to the cell's log.txt.

    Args:
        cell: The cell.
        device: Where.
        threads: For torch on the CPU; OMP_NUM_THREADS, where it is set, is respected.
    """
    cell.folder.mkdir(parents=True, exist_ok=True)
    with (cell.folder / "log.txt").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "yolo_slice.study.process", str(cell.folder), device],
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=subprocess.STDOUT,
            env=_environment(threads),
        )


def _environment(threads: int) -> Mapping[str, str]:
    own: dict[str, Any] = {"OMP_NUM_THREADS": str(threads), "PYTHONUNBUFFERED": "1", "PYTHONIOENCODING": "utf-8"}
    return {**own, **{key: value for key, value in os.environ.items() if key != "OMP_NUM_THREADS" or _IS_USERS}}


_IS_USERS = "OMP_NUM_THREADS" in os.environ and "ultralytics" not in sys.modules  # Ultralytics sets it to 1


def usable_cores() -> int:
    """Count the cores that this process may use."""
    with contextlib.suppress(AttributeError):  # Linux only
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _disk_time(folder: Path) -> float:
    """Ask the disk for the time, by which it stamps claims."""
    probe = folder / f"time-{os.getpid()}.probe"
    probe.touch()
    try:
        return probe.stat().st_mtime
    finally:
        probe.unlink(missing_ok=True)
