"""The measuring itself: models run interleaved, each once a round, in an order that is drawn anew for every round."""

import random
from collections.abc import Callable, Mapping
from typing import NamedTuple

Measure = Callable[[Callable[[], object], int], "Sample"]  # runs it so many times, and measures one run


class Sample(NamedTuple):
    """Seconds of one run.

    Attributes:
        wall: By the clock on the wall.
        busy: That the processor (all threads) or the GPU worked on it.
    """

    wall: float
    busy: float


Round = dict[str, Sample]  # in the order in which the models ran


def measure_rounds(
    runs: Mapping[str, Callable[[], object]], measure: Measure, rounds: int, least_s: float, rng: random.Random
) -> tuple[int, list[Round]]:
    """Measure all models in every round.

    Args:
        runs: What to measure, by label; the first decides how many calls are one sample.
        measure: The clock.
        rounds: How many.
        least_s: A sample is as many calls as last this long.
        rng: Draws the orders.

    Returns:
        The calls in a sample, which are the same for all, and the rounds.
    """
    first = next(iter(runs.values()))
    calls = max(1, round(least_s / max(measure(first, 1).wall, 1e-9)))
    return calls, [
        {label: measure(runs[label], calls) for label in rng.sample([*runs], len(runs))} for _ in range(rounds)
    ]
