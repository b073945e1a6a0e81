"""Intervals as a table, JSON and CSV, of several models: each beside its AP, and its difference to the first model."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from yolo_slice.metrics.coco import CocoMetrics
from yolo_slice.metrics.intervals.resampling import LEVEL, NAMES, Resamples
from yolo_slice.metrics.report import text_table, value_text

CSV_HEAD = tuple(f"{name}_{end}" for name in NAMES for end in ("low", "high"))


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """What was measured of a model, and how sure that is."""

    metrics: CocoMetrics
    resamples: Resamples


def interval_table(models: Mapping[str, Measured]) -> str:
    """Write AP with its interval, a model in a row; below each but the first, its difference to that, image by image.

    Example of a row:
        a    0.474 [0.431, 0.512]
    """
    first, *_ = models
    rows = []
    for name, one in models.items():
        rows.append([name, *(_with_ends(one, metric) for metric in NAMES)])
        if name != first:
            rows.append([f"  minus {first}", *(_difference(one, models[first], metric) for metric in NAMES)])
    return "\n\n".join((text_table([f"{LEVEL:.0%} interval", *NAMES], rows), _note(models)))


def interval_record(one: Measured, first: tuple[str, Measured] | None) -> dict[str, Any]:
    """Return the ends of the intervals as JSON can hold them, and the differences to the first of several models."""
    ends = {name: [*one.resamples.interval(name)] for name in NAMES}
    facts: dict[str, Any] = {"level": LEVEL, "resamples": one.resamples.count, **ends}
    if first is None:
        return facts
    name, base = first
    minus = {
        metric: [one.metrics[metric] - base.metrics[metric], *one.resamples.difference(base.resamples, metric)]
        for metric in NAMES
        if one.metrics[metric] >= 0 and base.metrics[metric] >= 0
    }
    return {**facts, "minus": {"model": name, **minus}}


def interval_cells(one: Measured) -> Sequence[float]:
    """Return the cells below CSV_HEAD."""
    return [end for name in NAMES for end in one.resamples.interval(name)]


def _with_ends(one: Measured, name: str) -> str:
    low, high = one.resamples.interval(name)
    value = value_text(one.metrics[name])
    return f"{value} [{low:.3f}, {high:.3f}]" if one.metrics[name] >= 0 else value


def _difference(one: Measured, base: Measured, name: str) -> str:
    if min(one.metrics[name], base.metrics[name]) < 0:
        return value_text(-1)
    low, high = one.resamples.difference(base.resamples, name)
    return f"{one.metrics[name] - base.metrics[name]:+.3f} [{low:+.3f}, {high:+.3f}]"


def _note(models: Mapping[str, Measured]) -> str:
    one = next(iter(models.values())).resamples
    paired = " Differences: on the same images, draw by draw." if len(models) > 1 else ""
    draws = f"Interval: percentiles of {one.count} draws of the {one.images} images with replacement"
    return f"{draws}: how AP varies with the images, not with the training.{paired}"
