"""What a writing command leaves behind if nothing disturbs it."""

import contextlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from torture.ends import check_end
from torture.events import Counter, is_change, is_reading
from torture.fell import FellError
from torture.room import Room, Unchanged
from torture.tree import Tree, read_tree
from torture.whole import is_whole
from torture.writers import WRITERS, Writer


@dataclass(frozen=True, slots=True)
class Expected:
    """Of an undisturbed run: its exit status, files, largest file and all of them in bytes, moments and time."""

    status: int
    tree: Tree
    largest: int
    total: int
    changes: int
    readings: int
    seconds: float


@cache
def expected_of(name: str) -> Expected:
    """Run a command undisturbed; what it does is refused if it is not sound."""
    writer, room = WRITERS[name], Room(name)
    with contextlib.closing(room):
        room.fill(*writer.inputs)
        changes, readings = Counter(room.root, is_change), Counter(room.inputs, is_reading)
        with Unchanged(room.inputs):
            ended = check_end(room.run(writer.words, changes, readings))
        room.nothing_left_aside()
        if ended.status:
            raise FellError(f"undisturbed, {name} ends with {ended.status}: {ended.err[-300:]}")
        sizes = [file.stat().st_size for file in room.work.rglob("*") if file.is_file()] or [0]
        check_whole(room.work, {})
        tree = read_tree(room.work)
        return Expected(
            ended.status, tree, max(sizes), sum(sizes), changes.count, readings.count, ended.seconds
        )  # fmt: skip


def check_whole(work: Path, tree: Tree) -> None:
    """Refuse final files (all, if no tree is given) that are neither as in an undisturbed run nor whole."""
    now = read_tree(work)
    for name, what in now.items():
        is_final = not tree or name in tree
        if is_final and len(what) == 40 and what != tree.get(name) and not is_whole(work / name):
            raise FellError(f"half-written: {name!r}, {(work / name).stat().st_size} bytes")


def check_names(work: Path, writer: Writer, tree: Tree, is_complete: bool) -> None:
    """Refuse leftovers; and what is missing, if all should be there."""
    now = read_tree(work)
    if left := [name for name in now if name not in tree and not writer.may_keep(name)]:
        raise FellError(f"left behind: {left[:5]}")
    if is_complete and (missing := [name for name in tree if name not in now]):
        raise FellError(f"missing: {missing[:5]}")
