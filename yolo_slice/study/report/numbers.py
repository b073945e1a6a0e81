"""The report for programs: every number, unrounded, as CSV and as JSON."""

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from yolo_slice.compare.table import without_nan
from yolo_slice.csv_text import harmless
from yolo_slice.study.report.costs import costs
from yolo_slice.study.report.document import Document
from yolo_slice.study.report.results import METRICS, Metric, Outcome, Results
from yolo_slice.study.report.standings import Standing, standings

HEAD = (
    *("data", "arm", "epoch", "metric", "class", "runs", "seeds", "mean", "sd"),
    *("pairs", "difference", "low", "high", "wins", "ties", "p_holm", "verdict"),
)


def as_csv(results: Results) -> str:
    """Write a line for each data set, arm, epoch, metric and class; then one for each cost."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEAD)
    for data, at, metric, one in _all(results):
        place = (data, one.arm, at, metric.name, metric.of_class or "")
        seeds = " ".join(map(str, one.values))
        writer.writerow(map(harmless, [*place, len(one.values), seeds, one.mean, one.deviation, *_against(one)]))
    for data in results.protocol.data:
        for cost in costs(results, data):
            ratios = {"latency": cost.latency and cost.latency.ratio, "time": cost.time and cost.time.ratio}
            found = asdict(cost) | ratios
            for name in ("parameters", "gflops", "latency", "time", "hours", "memory_mb", "gpu_mb"):
                start = [data, cost.arm, "", name, "", len(results.finished(data, cost.arm)), "", found[name]]
                writer.writerow([*map(harmless, start), *[""] * (len(HEAD) - len(start))])
    return text.getvalue()


def as_json(results: Results, report: Document) -> str:
    """Write what the report says, every number behind it, and each cell; what is not known is null."""
    protocol = results.protocol
    record = {
        "study": protocol.study,
        "complete": all(one.state == "finished" for one in results.outcomes),
        "alarms": report.alarms,
        "findings": report.findings,
        "limits": report.limits,
        "protocol": {key: value for key, value in protocol.as_dict().items() if key not in ("arms", "data")},
        "cells": [_outcome(one) for one in results.outcomes],
        "numbers": [_number(*row) for row in _all(results)],
        "costs": {data: [_named(asdict(cost)) for cost in costs(results, data)] for data in protocol.data},
    }
    return json.dumps(without_nan(record), indent=2, ensure_ascii=False, allow_nan=False, default=str) + "\n"


def _outcome(one: Outcome) -> dict[str, Any]:
    cell = one.cell
    return {"data": cell.data, "arm": cell.arm, "seed": cell.seed, "state": one.state, "why": one.why}


def _all(results: Results) -> Iterator[tuple[str, str, Metric, Standing]]:
    for data in results.protocol.data:
        metrics = [*map(Metric, METRICS)]
        metrics += [Metric(name, of_class) for of_class in results.classes(data) for name in ("AP", "AP50")]
        for at in ("last", "best"):
            for metric in metrics:
                yield from ((data, at, metric, one) for one in standings(results, data, at, metric))


def _against(one: Standing) -> list[Any]:
    pair = one.against
    if pair is None:
        return [""] * 8
    return [len(pair.seeds), pair.mean, pair.low, pair.high, pair.wins, pair.ties, one.p, one.verdict]


def _number(data: str, at: str, metric: Metric, one: Standing) -> dict[str, Any]:
    place = {"data": data, "arm": one.arm, "epoch": at, "metric": metric.name, "class": metric.of_class}
    against = one.against and asdict(one.against)
    told = {"against_baseline": against, "p_holm": one.p, "verdict": one.verdict or None}
    return {**place, "mean": one.mean, "sd": one.deviation, "values": one.values, **told}


def _named(cost: dict[str, Any]) -> dict[str, Any]:
    """Write ratios with the names of their parts."""
    for key in ("latency", "time"):
        found = cost[key]
        cost[key] = found and dict(zip(("ratio", "low", "high"), found, strict=True))
    return cost
