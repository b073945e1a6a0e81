"""A comparison written down: Markdown for people, CSV and JSON for programs."""

import csv
import io
import json
import math
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from yolo_slice.compare.comparison import COLUMNS, MAIN, Comparison, Model, Row, Spread
from yolo_slice.compare.paired import Paired
from yolo_slice.compare.runs import Run
from yolo_slice.compare.wording import NOTHING, difference, probability, spread, wins
from yolo_slice.csv_text import harmless
from yolo_slice.markdown_table import aligned, literal

CAPTION = """\
best: best.pt, which Ultralytics saves at the epoch of highest fitness (mAP50-95), as validated in training; chosen on
the validation set itself, so somewhat optimistic. last: the last epoch. minus NAME: the row above, minus the baseline.
±: standard deviation over the runs of a model (n - 1), none for one run. Differences are taken seed by seed over the
seeds that both models have; in brackets the 95% interval of their mean (Student). Verdicts: paired t-test, p corrected
for the number of models (Holm), p < 0.05; "not told apart" does not say that they are equal.
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
    found = [f"- {text}" for text in _verdicts(comparison)]
    return "\n\n".join(
        [table, *(["\n".join(found)] if found else []), *warnings, *(["\n".join(notes)] if notes else []), CAPTION]
    )


def _by_finding(comparison: Comparison) -> dict[str, list[str]]:
    """Put runs of the same finding together."""
    found: dict[str, list[str]] = {}
    for run in (run for model in comparison.models for run in model.runs):
        for finding in run.findings:
            found.setdefault(finding, []).append(run.folder.as_posix())
    return found


def _cells(row: Row, comparison: Comparison) -> Iterator[list[str]]:
    model, is_best = row.model, row.at == "best"
    values = [_value(row.values.get(column)) if is_best or column != "AP_S" else "" for column in COLUMNS]
    size = [_count(model.params), _gflops(model.gflops)] if is_best else ["", ""]
    yield [model.label if is_best else "", _seeds(model) if is_best else "", _epochs(row), *values, *size]
    if row.gains is not None and comparison.baseline:
        base = comparison.baseline
        gains = [
            difference(row.gains.get(column)) or NOTHING if is_best or column != "AP_S" else "" for column in COLUMNS
        ]
        size = [_percent(model.params, base.params), _percent(model.gflops, base.gflops)] if is_best else ["", ""]
        yield [f"minus {base.label}", "", row.at, *gains, *size]


def _value(value: Spread | None) -> str:
    return NOTHING if value is None else spread(value.mean, value.deviation)


def _verdicts(comparison: Comparison) -> Iterator[str]:
    """Say what may be concluded of each model, in a sentence."""
    for row in comparison.rows:
        if row.verdict and row.gains is not None and comparison.baseline:
            gain = row.gains.get(MAIN, Paired(()))
            seeds = (
                f"seeds {', '.join(map(str, gain.seeds))}: higher in {wins(gain)}" if gain.seeds else "no seed in both"
            )
            numbers = f"{MAIN} of the last epoch {difference(gain)}; {seeds}; Holm's p {probability(row.p)}"
            yield literal(f"{row.model.label} against {comparison.baseline.label}: {row.verdict} ({numbers})")


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
    """Write a line for each model and epoch.

    A column's mean and deviation are NAME, NAME_std; against a baseline, NAME_diff, NAME_diff_low, NAME_diff_high.
    """
    gained = ("_diff", "_diff_low", "_diff_high") if comparison.baseline else ()
    judged = ("p_holm", "verdict") if comparison.baseline else ()
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    columns = [column + part for column in COLUMNS for part in ("", "_std", *gained)]
    writer.writerow(["model", "epoch", "runs", "seeds", *columns, *judged, "params", "gflops", "folders"])
    for row in comparison.rows:
        runs, values, gains = row.model.runs, row.values, row.gains or {}
        numbers: list[float | None] = []
        for column in COLUMNS:
            value, gain = values.get(column), gains.get(column, Paired(()))
            numbers += [value and value.mean, value and value.deviation]
            numbers += [gain.mean, gain.low, gain.high] if gained else []
        start = [row.model.label, row.at, len(runs), " ".join(str(run.seed) for run in runs)]
        found = [row.p, row.verdict] if judged else []
        folders = " ".join(run.folder.as_posix() for run in runs)
        cells = [*start, *numbers, *found, row.model.params, row.model.gflops, folders]
        writer.writerow(map(harmless, cells))
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
            "p_holm": row.p,
            "verdict": row.verdict or None,
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
