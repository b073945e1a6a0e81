"""Inputs that are removed, emptied or cut while they are read: one line, or a result that is whole."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

from torture.ends import check_end
from torture.events import Counter, is_reading
from torture.expected import expected_of
from torture.fell import FellError
from torture.room import Room
from torture.tree import read_tree
from torture.whole import is_whole
from torture.writers import WRITERS

CASES = tuple(
    f"{name}, {way}" for way in ("removed", "emptied", "cut", "all removed") for name, w in WRITERS.items() if w.inputs
)
FAST, COUNT = 3, 5 * len(CASES)


def run(case: str, room: Room) -> None:
    """Let an input vanish at the moment before another, or the same, is read."""
    name, way = case.rsplit(", ", 1)
    writer, expected = WRITERS[name], expected_of(name)
    room.fill(*writer.inputs)
    at = room.rng.randint(1, max(1, expected.readings))
    ended = check_end(room.run(writer.words, Counter(room.inputs, is_reading, at, _vanish(way, room))))
    for place in (room.work / found for found, what in read_tree(room.work).items() if len(what) == 40):
        if not (is_whole(place) or writer.may_keep(place.name) or way == "cut" or place.parent.name == "labels"):
            raise FellError(f"exit {ended.status}, and half-written: {place.relative_to(room.work)}")
    if ended.status and (left := [n for n in read_tree(room.work) if ".partial" in n or ".unfinished-" in n]):
        raise FellError(f"left behind: {left[:5]}")
    _check_readable(room, case, ended.status)


def _vanish(way: str, room: Room) -> Callable[[], None]:
    files = sorted(file for file in room.inputs.rglob("*") if file.is_file())
    chosen, share = room.rng.choice(files), room.rng.random()
    if way == "all removed":
        return lambda: shutil.rmtree(room.inputs)
    if way == "removed":
        return lambda: chosen.unlink(missing_ok=True)
    return lambda: _cut(chosen, 0 if way == "emptied" else share)


def _cut(file: Path, share: float) -> None:
    if file.exists():
        os.truncate(file, int(share * file.stat().st_size))


def _check_readable(room: Room, case: str, status: int) -> None:
    """Read with `data check` what `data convert` has written."""
    if status == 0 and case.startswith("data convert") and "cut" not in case and "emptied" not in case:
        checked = check_end(room.run(["yolo-slice", "data", "check", "out"]))
        if checked.status:
            raise FellError(f"what was written does not pass data check: {checked.out[-300:]!r} {checked.err[-200:]!r}")
