"""Times become a ratio with an interval.

A ratio is taken within a round, where a model and the baseline ran a moment apart; the statistic is the median of the
ratios of all rounds of all processes. The interval is a percentile bootstrap in two steps: processes are drawn with
replacement, then rounds within each; 2.5 and 97.5 % of the medians of 4000 draws. Rounds of one process share where
its memory lies, so the processes, not the rounds alone, say how sure a ratio is.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

DRAWS = 4000
PERCENTILES = (2.5, 97.5)


class Ratio(NamedTuple):
    """A ratio to the baseline, with its 95 % interval."""

    ratio: float
    low: float
    high: float


def paired_ratio(ours: Sequence[Sequence[float]], theirs: Sequence[Sequence[float]]) -> Ratio:
    """Compare times round by round.

    Args:
        ours: Seconds of each round, by process; every process has as many rounds.
        theirs: The same of the baseline.

    Example:
        >>> paired_ratio([[2.0, 4.0], [6.0, 9.0]], [[1.0, 2.0], [3.0, 3.0]])  # ratios 2, 2 and 2, 3
        Ratio(ratio=2.0, low=2.0, high=3.0)
    """
    ratios = np.asarray(ours, float) / np.asarray(theirs, float)
    processes, rounds = ratios.shape
    rng = np.random.default_rng(0)
    drawn = ratios[rng.integers(processes, size=(DRAWS, processes))]
    drawn = np.take_along_axis(drawn, rng.integers(rounds, size=drawn.shape), axis=2)
    low, high = np.percentile(np.median(drawn.reshape(DRAWS, -1), axis=1), PERCENTILES)
    return Ratio(float(np.median(ratios)), float(low), float(high))


def median(seconds: Sequence[Sequence[float]]) -> float:
    """Return the median of all rounds of all processes."""
    return float(np.median(np.asarray(seconds, float)))


def p90(seconds: Sequence[Sequence[float]]) -> float:
    """Return the time that nine in ten rounds do not exceed (linear between two)."""
    return float(np.percentile(np.asarray(seconds, float), 90))
