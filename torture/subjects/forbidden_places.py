"""Outputs that may not be written, inputs that may not be read, a user without rights: one line, nothing changed."""

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from torture.ends import check_end
from torture.expected import check_names, check_whole, expected_of
from torture.fell import FellError, NotTriedError
from torture.process import drop_rights, start_fresh
from torture.room import Room, Unchanged
from torture.writers import WRITERS, Writer

WAYS = ("as a user without rights", "output forbidden", "output on a read-only disk", "input unreadable")
CASES = (
    *(f"{name}, {way}" for way in WAYS for name, w in WRITERS.items() if w.inputs or way != "input unreadable"),
    "check, from nothing",
    "data check ../inputs/voc, from nothing",
)
FAST, COUNT = 3, 2 * len(CASES)


def run(case: str, room: Room) -> None:
    """Run a command where it may not do all that it wants."""
    words, way = case.rsplit(", ", 1)
    if way == "from nothing":
        _from_nothing(words, room)
        return
    writer = WRITERS[words]
    room.fill(*writer.inputs)
    if way == "output on a read-only disk":
        with _read_only(room.work):
            _refused(writer, room)
        return
    if not sys.platform.startswith("linux"):
        raise NotTriedError("rights are given up in Linux's way")
    if way == "input unreadable":
        _unreadable(writer, room)
    elif way == "output forbidden":
        room.work.chmod(0o555)
        _refused(writer, room)
    else:
        _allowed(words, writer, room)


def _allowed(name: str, writer: Writer, room: Room) -> None:
    expected = expected_of(name)
    for file in (room.inputs, *room.inputs.rglob("*")):
        file.chmod(0o555)
    with Unchanged(room.inputs):
        ended = check_end(room.run(writer.words, drop_rights))
        if ended.status:
            raise FellError(f"exit {ended.status}: {ended.err[-200:]!r}")
        check_whole(room.work, expected.tree)
        check_names(room.work, writer, expected.tree, is_complete=True)


def _refused(writer: Writer, room: Room) -> None:
    with Unchanged(room.inputs), Unchanged(room.work):
        ended = check_end(room.run(writer.words, drop_rights))
        if ended.status == 0:
            raise FellError("exit 0, and nothing could be written")


def _unreadable(writer: Writer, room: Room) -> None:
    chosen = room.rng.choice(sorted(room.inputs.rglob("*")))
    chosen.chmod(0)
    room.commands.append(("chmod", "0", str(chosen.relative_to(room.root))))
    with Unchanged(room.inputs):
        check_end(room.run(writer.words, drop_rights))
    check_whole(room.work, {})


def _from_nothing(words: str, room: Room) -> None:
    """A new process without a home, a place for passing files or settings of Ultralytics."""
    room.fill("voc")
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": os.environ.get("PYTHONPATH", ""), "HOME": "/nonexistent"}
    command = ["yolo-slice", *words.split()]
    room.commands.append(tuple(command))
    ended = check_end(room.wait(start_fresh(command, room.work, env, has_rights=False)))
    if ended.status and words != "check":
        raise FellError(f"exit {ended.status}: {ended.err[-200:]!r}")


@contextlib.contextmanager
def _read_only(place: Path) -> Iterator[None]:
    if not shutil.which("mount"):
        raise NotTriedError("no mount here")
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "ro", "tmpfs", place], capture_output=True, text=True)
    if mounted.returncode:
        raise NotTriedError(f"no read-only file system: {mounted.stderr.strip()}")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", place], check=True)
