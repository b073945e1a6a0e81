"""Two models over the seeds that both were trained with: difference, interval, test, and what may be concluded.

A seed decides the order of the data and the start of equal layers, so two runs of one seed share some of their luck;
the difference is taken seed by seed. The test is Student's paired t-test, which assumes that the differences are about
normal; several models against one baseline are corrected for their number (Holm 1979).
"""

import math
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeGuard

from yolo_slice.compare.student import inside, limit

INTERVAL = 0.95
FEWEST = 3  # seeds for a verdict
SAME = 1e-12  # differences closer than this, of numbers in 0..1, are one and the same but for rounding
BETTER, WORSE, UNDECIDED = "better", "worse", "not told apart"
TOO_FEW = f"no verdict (n < {FEWEST})"
NO_SPREAD = "no verdict (the same difference in every seed)"


@dataclass(frozen=True, slots=True)
class Paired:
    """The differences ours minus theirs.

    Attributes:
        seeds: Those that both have.
        mean: Of the differences; None without a seed.
        low: Lower end of the interval of the mean; None with fewer than two seeds.
        high: Its upper end.
        wins: Seeds in which ours is higher.
        ties: Seeds without a difference.
        p: Two-sided p of the paired t-test; None with fewer than two seeds, and where every seed has the same
            difference other than 0: no chance is at work then, and the test does not apply.
    """

    seeds: tuple[Any, ...]
    mean: float | None = None
    low: float | None = None
    high: float | None = None
    wins: int = 0
    ties: int = 0
    p: float | None = None


def pair(ours: Mapping[Any, float | None], theirs: Mapping[Any, float | None], interval: float = INTERVAL) -> Paired:
    """Compare values by seed; a value that is None, nan or infinite counts as not there.

    Args:
        ours: Seed to value.
        theirs: The same of the baseline.
        interval: Probability of the interval.

    Example:
        >>> pair({0: 0.5, 1: 0.75}, {0: 0.25, 2: 0.5})  # only seed 0 is in both
        Paired(seeds=(0,), mean=0.25, low=None, high=None, wins=1, ties=0, p=None)
    """
    found = {seed: a - b for seed, a in ours.items() if is_number(a) and is_number(b := theirs.get(seed))}
    seeds, differences = tuple(found), [*found.values()]
    if not seeds:
        return Paired(())
    mean = statistics.fmean(differences)
    wins, ties = sum(d > SAME for d in differences), sum(abs(d) <= SAME for d in differences)
    if len(seeds) == 1:
        return Paired(seeds, mean, wins=wins, ties=ties)
    if max(differences) - min(differences) <= SAME:
        return Paired(seeds, mean, mean, mean, wins, ties, 1.0 if abs(mean) <= SAME else None)
    error, df = statistics.stdev(differences) / math.sqrt(len(seeds)), len(seeds) - 1
    reach = limit(interval, df) * error
    return Paired(seeds, mean, mean - reach, mean + reach, wins, ties, 1 - inside(abs(mean) / error, df))


def holm(values: Sequence[float | None]) -> list[float | None]:
    """Correct p-values for their number by Holm's step-down rule.

    One that is None stays None and counts as one of them: what is still to be run was asked, too.

    Example:
        >>> holm([0.01, 0.04, 0.03]), holm([None, 0.03])
        ([0.03, 0.06, 0.06], [None, 0.06])
    """
    order = sorted((p, place) for place, p in enumerate(values) if p is not None)
    corrected: list[float | None] = [None] * len(values)
    highest = 0.0
    for rank, (p, place) in enumerate(order):
        corrected[place] = highest = max(highest, min(1.0, (len(values) - rank) * p))
    return corrected


def verdicts(pairs: Iterable[Paired], interval: float = INTERVAL) -> list[tuple[float | None, str]]:
    """Return Holm's p and the verdict on each of the models that are compared with one baseline.

    Better or worse if p < 1 - interval, with at least three seeds; not told apart does not say that they are equal.

    Args:
        pairs: Of every model that was to be compared, those without a result included.
        interval: As of the pairs.
    """
    pairs = [*pairs]
    enough = [one.p if len(one.seeds) >= FEWEST else None for one in pairs]
    return [(p, _verdict(one, p, interval)) for one, p in zip(pairs, holm(enough), strict=True)]


def _verdict(one: Paired, p: float | None, interval: float) -> str:
    if len(one.seeds) < FEWEST or one.mean is None:
        return TOO_FEW
    if p is None:
        return NO_SPREAD
    if p >= 1 - interval:
        return UNDECIDED
    return BETTER if one.mean > 0 else WORSE


def is_number(value: object) -> TypeGuard[float]:
    """Whether a value is a finite number.

    Example:
        >>> [is_number(value) for value in (0.5, 0, math.nan, math.inf, None, "0.5", True)]
        [True, True, False, False, False, False, False]
    """
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
