"""Two minutes of video through `cam`: the memory of its process must not grow with the frames."""

import os
import threading
import time
from pathlib import Path

from torture.ends import check_end
from torture.fell import FellError
from torture.process import call
from torture.room import Room
from torture.whole import is_whole

CASES = ("2 minutes of 24 frames a second",)
FAST, COUNT = 1, 1
FRAMES, OF_FAST = 2880, 48
LIMIT_KIB = 8.0  # a frame of 64 x 64 pixels has 12


def run(case: str, room: Room) -> None:
    """Watch the resident memory while the maps are drawn."""
    frames = OF_FAST if room.fast else FRAMES
    room.fill("tiny.pt")
    call(lambda: _draw(room.inputs / "long.mp4", frames))
    words = ["yolo-slice", "cam", "model=../inputs/tiny.pt", "source=../inputs/long.mp4", "imgsz=64", "device=cpu"]
    running = room.start([*words, "project=runs", "batch=4"])
    seen: list[tuple[float, int]] = []
    watch = threading.Thread(target=_watch, args=(running.pid, seen), daemon=True)
    watch.start()
    ended = check_end(room.wait(running, limit_s=600))
    watch.join()
    if ended.status:
        raise FellError(f"exit {ended.status}: {ended.err[-200:]!r}")
    if not is_whole(room.work / "runs/cam/long.mp4"):
        raise FellError("the video cannot be read to its end")
    grown = _growth_kib(seen)
    room.note = (
        f"{frames} frames, {ended.seconds:.0f} s, {grown / (frames * 0.6):.2f} KiB a frame between 30 % and 90 %"
    )
    if not room.fast and grown / (frames * 0.6) > LIMIT_KIB:
        raise FellError(room.note)


def _draw(file: Path, frames: int) -> None:
    from torture.clips import write_clip

    write_clip(file, frames)


def _watch(pid: int, seen: list[tuple[float, int]]) -> None:
    """Write down the resident memory, KiB, until the process is gone."""
    while True:
        try:
            pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
        except (OSError, IndexError, ValueError):
            return
        if not pages:
            return
        seen.append((time.monotonic(), pages * os.sysconf("SC_PAGESIZE") // 1024))
        time.sleep(0.05)


def _growth_kib(seen: list[tuple[float, int]]) -> float:
    """Between 30 % and 90 % of the time, by the smallest of some values at either end."""
    few = max(1, len(seen) // 20)
    at = [int(len(seen) * share) for share in (0.3, 0.9)]
    early, late = (min(kib for _, kib in seen[start : start + few]) for start in at)
    return late - early
