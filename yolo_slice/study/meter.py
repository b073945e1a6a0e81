"""What a cell costs: wall time, processor time and memory, added up over the sessions that it was trained in."""

import json
import os
import threading
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from yolo_slice.atomic_file import write_whole
from yolo_slice.peak_memory import peak_gpu_memory_mb, peak_memory_mb

FILE = "sessions.json"


@dataclass(slots=True)
class Session:
    """One process's work on a cell.

    Attributes:
        started: When, in ISO 8601.
        first_epoch: The epoch that it began with, from 1.
        wall_s: Seconds.
        cpu_s: Seconds of processor time, of all threads and of processes that load images.
        peak_memory_mb: Largest resident memory, MB.
        peak_gpu_memory_mb: Largest memory of tensors on the GPU, MB; None without one.
    """

    started: str
    first_epoch: int = 1
    wall_s: float = 0.0
    cpu_s: float = 0.0
    peak_memory_mb: float = 0.0
    peak_gpu_memory_mb: float | None = None


class Meter:
    """Measures this process's session, and keeps it in the cell's folder with those before.

    Args:
        folder: The cell's folder.
        started: When the session has begun, in ISO 8601.
        first_epoch: The epoch that it begins with, from 1.
    """

    def __init__(self, folder: Path, started: str, first_epoch: int) -> None:
        self.file = folder / FILE
        self.before = read_sessions(folder)
        self.now = Session(started, first_epoch)
        self._wall, self._cpu, self._is_running = time.monotonic(), _cpu_s(), True
        self._lock = threading.Lock()

    def stop(self) -> None:
        """Measure for the last time."""
        self.save()
        self._is_running = False

    def save(self) -> None:
        """Measure, and write; nothing after `stop`."""
        with self._lock:  # the claim's thread measures, too
            if self._is_running:
                self._save()

    def _save(self) -> None:
        self.now.wall_s = round(time.monotonic() - self._wall, 3)
        self.now.cpu_s = round(_cpu_s() - self._cpu, 3)
        self.now.peak_memory_mb = round(peak_memory_mb(), 1)
        self.now.peak_gpu_memory_mb = peak_gpu_memory_mb()
        write_whole(self.file, json.dumps([asdict(session) for session in self.sessions], indent=1))

    @property
    def sessions(self) -> list[Session]:
        """All sessions of the cell."""
        return [*self.before, self.now]


def read_sessions(folder: Path) -> list[Session]:
    """Read the sessions of a cell."""
    try:
        return [Session(**entry) for entry in json.loads((folder / FILE).read_text("utf-8"))]
    except (FileNotFoundError, ValueError, TypeError):
        return []


def totals(sessions: list[Session]) -> dict[str, float | int | None]:
    """Add up sessions as a record has them."""
    gpu = [session.peak_gpu_memory_mb for session in sessions if session.peak_gpu_memory_mb is not None]
    return {
        "wall_s": round(sum(session.wall_s for session in sessions), 3),
        "cpu_s": round(sum(session.cpu_s for session in sessions), 3),
        "peak_memory_mb": max(session.peak_memory_mb for session in sessions),
        "peak_gpu_memory_mb": max(gpu) if gpu else None,
        "resumed": sum(session.first_epoch > 1 for session in sessions),
    }


def _cpu_s() -> float:
    return sum(os.times()[:4])
