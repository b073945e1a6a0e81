"""Kills and Ctrl-C at any moment: nothing half-written under a final name, and the same call again makes all good."""

import os
import signal

from torture.ends import check_end
from torture.events import Counter, is_change
from torture.expected import Expected, check_names, check_whole, expected_of
from torture.fell import FellError
from torture.process import Ended
from torture.room import Room, Unchanged
from torture.writers import WRITERS, Writer

WAYS = ("before a change", "at a moment", "Ctrl-C")
CASES = tuple(f"{name}, {way}" for way in WAYS for name in WRITERS)
FAST, COUNT = 5, 10 * len(CASES)


def run(case: str, room: Room) -> None:
    """Disturb, look, and call again."""
    name, way = case.rsplit(", ", 1)
    writer, expected = WRITERS[name], expected_of(name)
    room.fill(*writer.inputs)
    with Unchanged(room.inputs):
        ended = _disturbed(way, writer, expected, room)
        check_whole(room.work, expected.tree)
        if way == "Ctrl-C":
            _check_interrupted(ended)
            check_names(room.work, writer, expected.tree, is_complete=ended.status == 0)
        if ended.status == 0 and way != "Ctrl-C":
            return  # too late
        _call_again(writer, expected, room, ended)


def _disturbed(way: str, writer: Writer, expected: Expected, room: Room) -> Ended:
    if way == "before a change":
        at = room.rng.randint(1, max(1, expected.changes))
        return room.run(writer.words, Counter(room.root, is_change, at, lambda: os.kill(os.getpid(), signal.SIGKILL)))
    by = signal.SIGINT if way == "Ctrl-C" else signal.SIGKILL
    return room.run(writer.words, after=room.rng.uniform(0.02, expected.seconds), by=by)


def _check_interrupted(ended: Ended) -> None:
    if ended.status not in (0, 130):
        raise FellError(f"Ctrl-C ends with {ended.status}: {ended.err[-200:]!r}")
    check_end(ended)


def _call_again(writer: Writer, expected: Expected, room: Room, first: Ended) -> None:
    is_done = first.status == 0 or ("out=out.pt" in writer.words and (room.work / "out.pt").exists())
    is_done = is_done or any((room.work / name).exists() for name in ("model.yaml", "out"))
    again = check_end(room.run(writer.words))
    if again.status and not is_done:
        raise FellError(f"called again: exit {again.status}: {again.err[-200:]!r}")
    check_whole(room.work, expected.tree)
    check_names(room.work, writer, expected.tree, is_complete=True)
