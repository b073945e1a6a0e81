"""A comparison written down: Markdown for people, CSV and JSON for programs."""

import csv
import io
import json
import math
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from yolo_slice.compare.comparison import COLUMNS, Comparison, Model, Row, Spread
from yolo_slice.compare.markdown_table import aligned
from yolo_slice.compare.runs import Run

CAPTION = """\
best: best.pt, which Ultralytics saves at the epoch of highest fitness (mAP50-95), as validated in training; chosen on
the validation set itself, so somewhat optimistic. last: the last epoch. minus NAME: the row above, minus the baseline.
±: standard deviation over the runs of a model (n - 1), none for one run; of a difference, its standard error.
AP_S: COCO's AP of objects smaller than 32 x 32 pixels, of best.pt, from the runs' coco_metrics.json.
Parameters before fusing; GFLOPs at 640 x 640 pixels. Latency not measured: fewer GFLOPs can be slower.
"""


def markdown(comparison: Comparison) -> str:
    """Write table, warnings, notes and caption."""
    head = ["model", "runs (seeds)", "epoch", *COLUMNS, "parameters", "GFLOPs"]
    table = aligned([head, *(cells for row in comparison.rows for cells in _cells(row, comparison))])
    warnings = [f"**Warning:** {text}" for text in comparison.warnings]
    notes = [f"- {finding} ({', '.join(folders)})" for finding, folders in _by_finding(comparison).items()]
    notes += [f"- {text}" for text in comparison.notes]
    return "\n\n".join([table, *warnings, *(["\n".join(notes)] if notes else []), CAPTION])


def _by_finding(comparison: Comparison) -> dict[str, list[str]]:
    """Put runs of the same finding together."""
    found: dict[str, list[str]] = {}
    for run in (run for model in comparison.models for run in model.runs):
        for finding in run.findings:
            found.setdefault(finding, []).append(run.folder.as_posix())
    return found


def _cells(row: Row, comparison: Comparison) -> Iterator[list[str]]:
    model, is_best = row.model, row.at == "best"
    values = [_cell(row.values.get(column)) if is_best or column != "AP_S" else "" for column in COLUMNS]
    size = [_count(model.params), _gflops(model.gflops)] if is_best else ["", ""]
    yield [model.label if is_best else "", _seeds(model) if is_best else "", _epochs(row), *values, *size]
    if row.gains is not None and comparison.baseline:
        base = comparison.baseline
        gains = [_cell(row.gains.get(column), "+") if is_best or column != "AP_S" else "" for column in COLUMNS]
        size = [_percent(model.params, base.params), _percent(model.gflops, base.gflops)] if is_best else ["", ""]
        yield [f"minus {base.label}", "", row.at, *gains, *size]


def _cell(value: Spread | None, sign: str = "") -> str:
    """Write mean ± deviation.

    Example:
        >>> _cell(Spread(0.5132, 0.0041)), _cell(Spread(0.02, None), "+"), _cell(None)
        ('0.513 ± 0.004', '+0.020', '-')
    """
    if value is None:
        return "-"
    return f"{value.mean:{sign}.3f}" + ("" if value.deviation is None else f" ± {value.deviation:.3f}")


def _seeds(model: Model) -> str:
    """Write how many runs there are, and their seeds."""
    return f"{len(model.runs)} ({', '.join(str(run.seed) for run in model.runs)})"


def _epochs(row: Row) -> str:
    """Write the range of the runs' epochs, and what was asked for where the last is not it."""
    known = [epoch for epoch in row.epochs if epoch is not None]
    text = "-".join(map(str, sorted({min(known), max(known)}))) if known else "?"
    asked = {run.settings.get("epochs") for run in row.model.runs}
    short = row.at == "last" and set(known) != asked
    return f"{row.at} ({text}{' of ' + '/'.join(map(str, asked)) if short else ''})"


def _count(number: float | None) -> str:
    return "-" if number is None else f"{number:,}"


def _gflops(number: float | None) -> str:
    return "-" if number is None else f"{number:.1f}"


def _percent(ours: float | None, theirs: float | None) -> str:
    return "-" if ours is None or not theirs else f"{ours / theirs - 1:+.1%}"


def as_csv(comparison: Comparison) -> str:
    """Write a line for each model and epoch: NAME, NAME_std, and against a baseline NAME_diff, NAME_diff_se."""
    parts = ["", "_std"] + (["_diff", "_diff_se"] if comparison.baseline else [])
    head = ["model", "epoch", "runs", "seeds", *(column + part for column in COLUMNS for part in parts)]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*head, "params", "gflops", "folders"])
    for row in comparison.rows:
        runs = row.model.runs
        pairs = [
            pair
            for column in COLUMNS
            for pair in (row.values.get(column), (row.gains or {}).get(column))[: len(parts) // 2]
        ]
        numbers = [number for pair in pairs for number in ((pair.mean, pair.deviation) if pair else (None, None))]
        folders = " ".join(run.folder.as_posix() for run in runs)
        seeds = " ".join(str(run.seed) for run in runs)
        start = [row.model.label, row.at, len(runs), seeds]
        writer.writerow([*start, *numbers, row.model.params, row.model.gflops, folders])
    return text.getvalue()


def as_json(comparison: Comparison) -> str:
    """Write everything that is in the table, and the numbers of each run; what is not known is null."""
    record = {
        "baseline": comparison.baseline.label if comparison.baseline else None,
        "models": [_model_record(model, comparison) for model in comparison.models],
        "warnings": comparison.warnings,
        "notes": comparison.notes,
        "caption": CAPTION,
    }
    return json.dumps(without_nan(record), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _model_record(model: Model, comparison: Comparison) -> dict[str, Any]:
    rows = {
        row.at: {
            "values": {column: asdict(value) for column, value in row.values.items()},
            "differences": row.gains and {column: asdict(value) for column, value in row.gains.items()},
        }
        for row in comparison.rows
        if row.model is model
    }
    size = {"params": model.params, "gflops": model.gflops}
    runs = [_run_record(run) for run in model.runs]
    return {"model": model.label, **rows, **size, "recipe": model.recipe, "runs": runs}


def _run_record(run: Run) -> dict[str, Any]:
    return {
        "folder": run.folder.as_posix(),
        "seed": run.seed,
        "epochs_asked": run.settings.get("epochs"),
        "epochs_done": run.last.epoch,
        "best": asdict(run.best),
        "last": asdict(run.last),
        "AP_S": run.ap_small,
        "AP_S_area": run.ap_area or None,
        "findings": run.findings,
        "ultralytics": run.checkpoint.version if run.checkpoint else None,
    }


def without_nan(value: Any) -> Any:
    """Replace what JSON cannot hold by null."""
    if isinstance(value, dict):
        return {key: without_nan(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [without_nan(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
