"""Two processes with one output: one does it, the other does it too or says in a line why not; nothing is mixed."""

import time

from torture.ends import check_end
from torture.expected import check_names, check_whole, expected_of
from torture.fell import FellError
from torture.room import Room, Unchanged
from torture.writers import WRITERS

CASES = tuple(WRITERS)
FAST, COUNT = 3, 10 * len(CASES)


def run(case: str, room: Room) -> None:
    """Start one, and the other at once or a little later."""
    writer, expected = WRITERS[case], expected_of(case)
    room.fill(*writer.inputs)
    with Unchanged(room.inputs):
        first = room.start(writer.words)
        time.sleep(room.rng.choice((0, room.rng.uniform(0, expected.seconds))))
        second = room.start(writer.words)
        ends = [room.wait(first), room.wait(second)]
        for ended in ends:
            check_end(ended)
        if all(ended.status for ended in ends):
            raise FellError(f"neither succeeds: {ends[0].err[-200:]!r}")
        check_whole(room.work, expected.tree)
        check_names(room.work, writer, expected.tree, is_complete=True)
