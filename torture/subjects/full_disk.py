"""A full disk: one line and nothing under a final name, or all of it; also where the output is a full device."""

import contextlib
import mmap
import os
import resource
import subprocess
from collections.abc import Iterator
from pathlib import Path

from torture.ends import check_end
from torture.expected import Expected, check_names, check_whole, expected_of
from torture.fell import FellError, NotTriedError
from torture.process import Ended, start_fresh
from torture.room import Room, Unchanged
from torture.writers import WRITERS, Writer

SAYING = ("data check ../inputs/voc", "data convert ../inputs/voc out to=coco", "yaml yolov8n-slice", "--help")
CASES = tuple(f"{name}, {way}" for way in ("limit", "small disk") for name in WRITERS) + tuple(
    f"{words}, /dev/full" for words in SAYING
)
FAST, COUNT = 4, 3 * len(CASES)


def run(case: str, room: Room) -> None:
    """Run a command without the room that it needs."""
    name, way = case.rsplit(", ", 1)
    if way == "/dev/full":
        _say_into_full(name, room)
        return
    writer, expected = WRITERS[name], expected_of(name)
    room.fill(*writer.inputs)
    with Unchanged(room.inputs):
        if way == "limit":
            _check(room.run(writer.words, _limit(room, expected)), writer, expected, room)
        else:
            with _small_disk(room.work, int(room.rng.uniform(1, 1.2 * expected.total))):
                _check(room.run(writer.words), writer, expected, room)


def _limit(room: Room, expected: Expected):
    most = room.rng.randint(0, max(1, expected.largest - 1))
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (most, resource.RLIM_INFINITY))


def _check(ended: Ended, writer: Writer, expected: Expected, room: Room) -> None:
    check_end(ended)
    check_whole(room.work, expected.tree)
    check_names(room.work, writer, expected.tree, is_complete=ended.status == 0)


@contextlib.contextmanager
def _small_disk(place: Path, size: int) -> Iterator[None]:
    """Mount a file system of so many bytes."""
    pages = max(2, -(-size // mmap.PAGESIZE))  # the root takes one
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={pages * mmap.PAGESIZE}", "tmpfs", place], capture_output=True, text=True
    )
    if mounted.returncode:
        raise NotTriedError(f"no small file system: {mounted.stderr.strip()}")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", place], check=True)


def _say_into_full(words: str, room: Room) -> None:
    if not Path("/dev/full").exists():
        raise NotTriedError("no /dev/full here")
    room.fill("voc")
    command = ["yolo-slice", *words.split()]
    room.commands.append(tuple(command))
    running = start_fresh(command, room.work, {**os.environ, **room.env}, out="/dev/full")
    ended = check_end(room.wait(running))
    if not ended.status:
        raise FellError("exit 0, and nothing that was said has arrived")
