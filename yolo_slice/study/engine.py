"""Trains the cells of a study: a process for each, one at a time on each device."""

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from yolo_slice.study.announcements import Announcements
from yolo_slice.study.cell import RECORD, Cell
from yolo_slice.study.claim import is_claimed
from yolo_slice.study.kept_epochs import KeptEpochs
from yolo_slice.study.process import STATUS

POLL_S = 0.2
RESCAN_S = 2.0  # for cells that another shell has claimed, and may lose
DEATHS = 3  # of a cell's process in a row, without an epoch in between, before the cell has failed


class Closable(Protocol):
    """What a process reads from."""

    def close(self) -> None: ...


class Process(Protocol):
    """What trains a cell: a process, or a task of a cluster, which looks like one."""

    @property
    def returncode(self) -> int | None: ...
    @property
    def stdin(self) -> Closable | None: ...
    def poll(self) -> int | None: ...
    def wait(self) -> int: ...


Start = Callable[[Cell, str, int], Process]


@dataclass(frozen=True, slots=True)
class Running:
    """A process that trains a cell.

    Attributes:
        cell: The cell.
        device: Where.
        process: The process, whose standard input is a pipe: it ends when that is closed.
    """

    cell: Cell
    device: str
    process: Process

    def end(self) -> None:
        """Let the process end, if it has not."""
        if self.process.stdin:
            self.process.stdin.close()


def start_process(cell: Cell, device: str, threads: int) -> Process:
    """Start the process that trains a cell; what it prints goes to the cell's log.txt.

    Args:
        cell: The cell.
        device: Where.
        threads: For torch on the CPU; OMP_NUM_THREADS, where the user has set it, is respected.
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


@dataclass(slots=True)
class Engine:
    """Trains cells until each has a record, whether from here or from another shell.

    Attributes:
        cells: In the order of training.
        devices: One process at a time for each.
        announcements: Says what happens.
        start: Starts a cell's process: cell, device, threads.
    """

    cells: Sequence[Cell]
    devices: Sequence[str]
    announcements: Announcements
    start: Start = start_process
    running: dict[int, Running] = field(default_factory=dict)
    deaths: dict[Cell, list[int]] = field(default_factory=dict)
    rescan: float = 0.0

    def run(self) -> None:
        """Train; when this ends in any way, no process of it is left."""
        try:
            while self._step():
                time.sleep(POLL_S)
        finally:
            for running in self.running.values():
                running.end()
            for running in self.running.values():
                running.process.wait()

    def _step(self) -> bool:
        """Take note of what has ended, and start what can be; False when nothing is left to do."""
        for slot, running in [*self.running.items()]:
            if running.process.poll() is not None:
                self.running.pop(slot).end()
                self.rescan = 0
                self._ended(running)
        free = [slot for slot in range(len(self.devices)) if slot not in self.running]
        if not free or time.monotonic() < self.rescan:
            return True
        waiting = [cell for cell in self.cells if not (cell.folder / RECORD).exists()]
        self._fill(free, self._startable(waiting))
        return bool(waiting or self.running)

    def _fill(self, free: Sequence[int], startable: Iterator[Cell]) -> None:
        for slot in free:
            cell = next(startable, None)
            if cell is None:
                self.rescan = time.monotonic() + RESCAN_S
                return
            device = self.devices[slot]
            self.announcements.starts(cell, device)
            self.running[slot] = Running(cell, device, self.start(cell, device, self._threads()))

    def _startable(self, waiting: Sequence[Cell]) -> Iterator[Cell]:
        mine = {running.cell for running in self.running.values()}
        now = _disk_time(self.cells[0].root)
        yield from (cell for cell in waiting if cell not in mine and not is_claimed(cell.folder, now))

    def _threads(self) -> int:
        return max(1, usable_cores() // max(1, self.devices.count("cpu")))

    def _ended(self, running: Running) -> None:
        record = running.cell.read_record()
        if running.process.returncode == STATUS["busy"]:
            self.announcements.is_elsewhere(running.cell)
        elif record:
            self.announcements.ended(running.cell, record)
        else:
            self._died(running)

    def _died(self, running: Running) -> None:
        """Let a cell whose process was ended start again, unless that happens again and again at the same epoch."""
        cell, status = running.cell, running.process.wait()  # it has ended
        kept = KeptEpochs(cell.folder).read()
        epochs = self.deaths.setdefault(cell, [])
        epochs.append(kept.epoch if kept else 0)
        if epochs[-DEATHS:] != epochs[-1:] * DEATHS:
            self.announcements.died(cell, status)
            return
        from yolo_slice.study.training import give_up

        why = f"its process was ended {DEATHS} times in a row (exit status {status}), as when memory runs out"
        if record := give_up(cell.folder, running.device, why):
            self.announcements.ended(cell, record)


def usable_cores() -> int:
    """Count the cores that this process may use."""
    with contextlib.suppress(AttributeError):  # Linux only
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


# Ultralytics sets it to 1 where it is not set.
_IS_THREADS_CHOSEN = "OMP_NUM_THREADS" in os.environ and "ultralytics" not in sys.modules


def _environment(threads: int) -> Mapping[str, str]:
    own = {"PYTHONUNBUFFERED": "1", "PYTHONIOENCODING": "utf-8"}
    return {**os.environ, **own, **({} if _IS_THREADS_CHOSEN else {"OMP_NUM_THREADS": str(threads)})}


def _disk_time(folder: Path) -> float:
    """Ask the disk for the time by which it stamps claims."""
    probe = folder / f"time-{os.getpid()}.probe"
    probe.touch()
    try:
        return probe.stat().st_mtime
    finally:
        probe.unlink(missing_ok=True)
