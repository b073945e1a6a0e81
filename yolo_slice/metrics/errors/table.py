"""Errors as tables, JSON and CSV, of several models side by side."""

import math
from collections.abc import Iterator, Mapping
from typing import Any

from yolo_slice.metrics.errors.gains import ErrorAnalysis, Losses
from yolo_slice.metrics.errors.kinds import KINDS, LIMIT, WHOLES
from yolo_slice.metrics.report import text_table, value_text

NOTE = (
    "Errors as TIDE defines them (Bolya et al. 2020), at IoU 0.5: AP50 gained if each kind alone were mended; gains do "
    f"not add up. The {LIMIT} most confident detections of an image count, of all classes together, so AP50 can differ "
    "from COCO's. By size: of the object, for the background of the detection."
)
GAINS = (*KINDS, *WHOLES)
GAIN_HEAD = ("AP50 gained if mended", "AP50", *GAINS)
COUNT_HEAD = ("errors", "objects", "found", *KINDS)
CSV_HEAD = (*(f"{name}_errors" for name in KINDS), *(f"{name.replace(' ', '_')}_gain" for name in GAINS))


def error_tables(analyses: Mapping[str, ErrorAnalysis]) -> str:
    """Write what each kind of error costs and how many there are: a model in a row, then its sizes; classes of one."""
    parts = [text_table(GAIN_HEAD, gain_rows(analyses)), text_table(COUNT_HEAD, count_rows(analyses))]
    if len(analyses) == 1:
        (rows,) = map(class_rows, analyses.values())
        parts += [text_table(["own AP50 gained", *GAIN_HEAD[1:]], rows)] if len(rows) > 1 else []
    return "\n\n".join([*parts, NOTE])


def gain_rows(analyses: Mapping[str, ErrorAnalysis]) -> list[list[str]]:
    """Return a row for each model, and one for each size below it; sizes have no AP50 and no whole of their own."""
    rows = []
    for name, one in analyses.items():
        rows.append([name, *_gains(one.total)])
        rows += [[f"  {size}", "", *_gains(losses)[1:]] for size, losses in one.by_size.items()]
    return [row + [""] * (2 + len(GAINS) - len(row)) for row in rows]


def count_rows(analyses: Mapping[str, ErrorAnalysis]) -> list[list[str]]:
    """Return the numbers of errors, in rows as those of `gain_rows`."""
    return [
        [name, *map(str, (losses.objects, losses.found, *losses.counts.values()))]
        for model, one in analyses.items()
        for name, losses in ((model, one.total), *((f"  {size}", losses) for size, losses in one.by_size.items()))
    ]


def class_rows(one: ErrorAnalysis) -> list[list[str]]:
    """Return a row for each class that has objects: its AP50, and what it would gain."""
    return [[name, *_gains(losses)] for name, losses in one.by_class.items() if losses.objects]


def error_record(one: ErrorAnalysis) -> dict[str, Any]:
    """Return all of it as JSON can hold it; -1 where there is nothing to measure."""
    return {
        **_record(one.total),
        "per_class": {name: _record(losses) for name, losses in one.by_class.items()},
        "sizes": {name: _record(losses) for name, losses in one.by_size.items()},
    }


def error_cells(one: ErrorAnalysis) -> Iterator[list[object]]:
    """Yield the cells below CSV_HEAD: of all classes together, then of each."""
    for losses in (one.total, *one.by_class.values()):
        yield [*losses.counts.values(), *(known(losses.gains[name]) for name in GAINS)]


def known(value: float) -> float:
    """Return a value; -1, as COCO does, where there is none.

    Example:
        >>> known(0.5), known(float("nan"))
        (0.5, -1.0)
    """
    return -1.0 if math.isnan(value) else value


def _gains(losses: Losses) -> list[str]:
    return [value_text(known(losses.ap50)), *(value_text(known(gain)) for gain in losses.gains.values())]


def _record(losses: Losses) -> dict[str, Any]:
    kinds = {name: {"errors": losses.counts[name], "gain": known(losses.gains[name])} for name in KINDS}
    wholes = {name: {"gain": known(losses.gains[name])} for name in WHOLES if name in losses.gains}
    return {"objects": losses.objects, "found": losses.found, "AP50": known(losses.ap50), **kinds, **wholes}
