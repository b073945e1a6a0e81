"""How the arms stand on one data set in one metric: mean and spread, and each against the baseline."""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from yolo_slice.compare.paired import Paired, pair, verdicts
from yolo_slice.study.report.results import Metric, Results


@dataclass(frozen=True, slots=True)
class Standing:
    """An arm.

    Attributes:
        arm: Its label.
        values: Seed to value, of the runs that have one.
        against: Its differences to the baseline; None for the baseline.
        p: Holm's p; None for the baseline, without a verdict, and for metrics on which none is given.
        verdict: On the main metric at the main epoch; empty otherwise, and for the baseline.
    """

    arm: str
    values: Mapping[int, float]
    against: Paired | None
    p: float | None = None
    verdict: str = ""

    @property
    def mean(self) -> float | None:
        """Mean over the runs; None without one."""
        return statistics.fmean(self.values.values()) if self.values else None

    @property
    def deviation(self) -> float | None:
        """Standard deviation (n - 1) over the runs; None with fewer than two."""
        return statistics.stdev(self.values.values()) if len(self.values) > 1 else None


def standings(results: Results, data: str, at: str, metric: Metric) -> list[Standing]:
    """Return how each arm stands, in the protocol's order.

    Verdicts are given on the main metric at the main epoch only: asking many questions finds something by chance.

    Args:
        results: The study.
        data: Label of a data set.
        at: "last" or "best".
        metric: What is compared.
    """
    protocol = results.protocol
    values = {arm: results.values(data, arm, at, metric) for arm in protocol.arms}
    base = values[protocol.baseline]
    pairs = {arm: pair(found, base, protocol.interval) for arm, found in values.items() if arm != protocol.baseline}
    judged: Sequence[tuple[float | None, str]] = [(None, "")] * len(pairs)
    if (at, metric) == (protocol.epoch, results.main):
        judged = verdicts(pairs.values(), protocol.interval)
    found = dict(zip(pairs, judged, strict=True))
    return [Standing(arm, values[arm], pairs.get(arm), *found.get(arm, (None, ""))) for arm in protocol.arms]
