"""What an arm costs: size, latency, training time and memory."""

import statistics
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from yolo_slice.compare.paired import is_number
from yolo_slice.study.report.results import Outcome, Results


class Ratio(NamedTuple):
    """A ratio to the baseline, with the range in which it lies."""

    ratio: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one arm on one data set; None where the records do not tell, or not all the same.

    Attributes:
        arm: Its label.
        parameters: Before fusing.
        gflops: Of one image of 640 x 640 pixels.
        latency: To the baseline's: median over the records that have it, lowest and highest end of their intervals; if
            none has, that of a benchmark.
        how: How latency was measured, each way once.
        time: Training time to the baseline's: mean, lowest and highest over the seeds in which both ran on the same
            device of the same machine without being interrupted.
        hours: Training time of all runs together.
        memory_mb: Highest of the runs.
        gpu_mb: The same on the GPU.
    """

    arm: str
    parameters: float | None
    gflops: float | None
    latency: Ratio | None
    how: tuple[str, ...]
    time: Ratio | None
    hours: float
    memory_mb: float | None
    gpu_mb: float | None


def costs(results: Results, data: str) -> list[Cost]:
    """Return the costs of each arm, in the protocol's order."""
    base = results.finished(data, results.protocol.baseline)
    arms = results.protocol.arms
    return [_cost(arm, results.finished(data, arm), base, results.latencies.get(arm)) for arm in arms]


def _cost(arm: str, runs: list[Outcome], base: list[Outcome], bench: Mapping[str, Any] | None) -> Cost:
    told = [one.record.get("latency") for one in runs]
    told = [one for one in (told if any(told) else [bench]) if _latency(one)]
    measured = [found for one in told if (found := _latency(one))]
    latency = Ratio(statistics.median(one.ratio for one in measured), *_range(measured)) if measured else None
    how = dict.fromkeys(str(one.get("how")) for one in told if one)
    return Cost(
        arm,
        _only(_numbers(runs, "parameters")),
        _only(_numbers(runs, "gflops")),
        latency,
        tuple(how),
        _time(runs, base),
        sum(_numbers(runs, "wall_s")) / 3600,
        max(_numbers(runs, "peak_memory_mb"), default=None),
        max(_numbers(runs, "peak_gpu_memory_mb"), default=None),
    )


def _latency(found: Any) -> Ratio | None:
    values = [value for key in Ratio._fields if isinstance(found, dict) and is_number(value := found.get(key))]
    return Ratio(*values) if len(values) == len(Ratio._fields) else None


def _range(measured: Iterable[Ratio]) -> tuple[float, float]:
    measured = [*measured]
    return min(one.low for one in measured), max(one.high for one in measured)


def _time(runs: list[Outcome], base: list[Outcome]) -> Ratio | None:
    theirs = {_circumstances(one): _numbers([one], "wall_s") for one in base if one.record.get("resumed") == 0}
    found = [
        seconds / reference
        for one in runs
        if one.record.get("resumed") == 0
        for seconds in _numbers([one], "wall_s")
        for reference in theirs.get(_circumstances(one), [])
        if reference > 0
    ]
    return Ratio(statistics.fmean(found), min(found), max(found)) if found else None


def _circumstances(one: Outcome) -> tuple[Any, ...]:
    return (one.cell.seed, str(one.record.get("device")), str(one.record.get("host")))


def _numbers(runs: Iterable[Outcome], key: str) -> list[float]:
    return [value for one in runs if is_number(value := one.record.get(key))]


def _only(values: list[float]) -> float | None:
    return values[0] if len(set(values)) == 1 else None
