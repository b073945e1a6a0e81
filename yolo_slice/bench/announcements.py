"""What a benchmark says while it works: a line on standard error for each step, with the time left for timing."""

import sys
import time
from collections.abc import Iterator, Sequence
from itertools import product
from statistics import fmean

from yolo_slice.announcing import announce, duration
from yolo_slice.bench.group import Group


def say(text: str) -> None:
    """Say what is done now."""
    announce(text, sys.stderr)


def processes(groups: Sequence[Group], count: int, rounds: int) -> Iterator[tuple[int, Group]]:
    """Yield every group with the number of a process, one group after the other, and say so before each.

    Args:
        groups: What is timed; from what each took in its last process the time left is estimated.
        count: Processes of each.
        rounds: Of each process.
    """
    jobs = [*product(range(count), range(len(groups)))]
    seconds: dict[int, float] = {}
    for done, (process, index) in enumerate(jobs):
        usual = fmean(seconds.values()) if seconds else 0
        rest = sum(seconds.get(other, usual) for _, other in jobs[done:])
        left = f"; about {duration(rest)} left" if done else ""
        say(f"timing {groups[index].title}: process {process + 1} of {count}, {rounds} rounds{left}")
        begun = time.monotonic()
        yield process, groups[index]
        seconds[index] = time.monotonic() - begun
