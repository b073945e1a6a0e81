"""The table of docs/bench.md, made from the records in docs/benchmarks/: each is the bench.json of one run.

`python -m yolo_slice.bench.page` writes it.
"""

import json
import statistics
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from yolo_slice.bench.ratios import Ratio
from yolo_slice.page_tables import write_tables
from yolo_slice.paths import CFG

PAGE = "docs/bench.md"
RECORDS = CFG.parent / "docs" / "benchmarks"
NOTHING = "**Not measured yet.** The commands below fill this table."
SHARED = ("device", "threads", "decides", "imgsz", "batch")  # what the numbers of one table have in common

# Format -> stock model -> the ratio that we aim at for SliceSamp in it, and by how much SliceUpsamp may exceed that
AIMS: Mapping[str, tuple[Mapping[str, float], float]] = {
    "onnx": ({"yolov5s": 0.96, "yolov8n": 1.0, "yolo11n": 1.0}, 0.02),
    "openvino": ({"yolov5s": 0.97, "yolov8n": 0.98, "yolo11n": 0.99}, 0.02),
    "ncnn": ({"yolov5s": 1.0, "yolov8n": 1.02, "yolo11n": 1.02}, 0.02),
    "litert": ({"yolov5s": 1.0, "yolov8n": 1.02, "yolo11n": 1.02}, 0.02),
    "channels_last": ({"yolov5s": 1.02, "yolov8n": 1.04, "yolo11n": 1.04}, 0.03),
    "train": ({"yolov5s": 1.05, "yolov8n": 1.05, "yolo11n": 1.05}, 0.03),
}
SLICING = 0.99  # it is one strided convolution of 2x2, and is to cost less than one of 3x3 everywhere

Row = Mapping[str, Any]


def read_records(folder: Path = RECORDS) -> list[Row]:
    """Return the rows of all runs."""
    return [row for file in sorted(folder.glob("*.json")) for row in json.loads(file.read_text("utf-8"))["rows"]]


def aim(row: Row) -> float | None:
    """Say what ratio we aim at for a row; None if at nothing.

    Example:
        >>> aim({"format": "onnx", "baseline": "yolov5s", "model": "yolov5s-slice"})
        0.98
    """
    form = row["model"].removeprefix(row["baseline"])
    if form == "-slicing":
        return SLICING
    of_format, more = AIMS.get(row["format"], ({}, 0.0))
    allowed = {"-slicesamp": 0.0, "-slice": more}.get(form)
    return (
        None if allowed is None or row["baseline"] not in of_format else round(of_format[row["baseline"]] + allowed, 2)
    )


def measured(rows: Iterable[Row]) -> str:
    """Write a table for each machine, size and batch: a line a model, a column a runtime."""
    tables: dict[tuple[Any, ...], list[Row]] = {}
    for row in rows:
        tables.setdefault(tuple(row[key] for key in SHARED), []).append(row)
    return "\n\n".join(_table(group) for group in tables.values()) or NOTHING


def _table(rows: Sequence[Row]) -> str:
    by_runtime: dict[str, list[Row]] = {}
    for row in rows:
        by_runtime.setdefault(f"{row['runtime']} {row['precision']}", []).append(row)
    models = dict.fromkeys((row["model"], row["baseline"]) for row in rows if row["model"] != row["baseline"])
    lines = [f"| model | {' | '.join(by_runtime)} |", f"|---|{'---|' * len(by_runtime)}"]
    for model, baseline in models:
        cells = (_cell(of_runtime, model, baseline) for of_runtime in by_runtime.values())
        lines.append(f"| {model} / {baseline} | {' | '.join(cells)} |")
    lines.append(f"| a baseline against itself | {' | '.join(map(_itself, by_runtime.values()))} |")
    return f"{_title(rows[0])}\n\n" + "\n".join(lines)


def _title(row: Row) -> str:
    threads = f"{row['threads']} thread{'s' * (row['threads'] > 1)}"
    return f"{row['device']}, {threads}, {row['decides']}, {row['imgsz']} px, batch {row['batch']}:"


def _cell(of_runtime: Sequence[Row], model: str, baseline: str) -> str:
    """Write the median over the valid runs, the widest ends of their intervals, and the aim."""
    runs = [row for row in of_runtime if (row["model"], row["baseline"]) == (model, baseline)]
    if not runs:
        return ""
    found = merged(runs)
    if found is None:
        return " / ".join(sorted({row["verdict"] for row in runs})) + _kept(runs, of_runtime)
    text = f"{ratio_text(found)}{_judged(found.ratio, aim(runs[0]))}{_kept(runs, of_runtime)}"
    valid = sum(map(_is_valid, runs))
    return text if valid == len(runs) else f"{text} ({valid} of {len(runs)} runs VALID)"


def merged(runs: Iterable[Row]) -> Ratio | None:
    """Return the median over the valid runs of a model, and the widest ends of their intervals; None without one."""
    valid = [Ratio(**row["ratio"]) for row in runs if _is_valid(row)]
    if not valid:
        return None
    middle = statistics.median(one.ratio for one in valid)
    return Ratio(middle, min(one.low for one in valid), max(one.high for one in valid))


def ratio_text(found: Ratio) -> str:
    """Write a ratio with its interval."""
    return f"{found.ratio:.2f} [{found.low:.2f}, {found.high:.2f}]"


def _is_valid(row: Row) -> bool:
    return row["verdict"] not in ("INVALID", "FAILED")


def _judged(found: float, aimed: float | None) -> str:
    """Put the aim beside a number."""
    return "" if aimed is None else f" (aim {aimed:.2f}: {'met' if round(found, 2) <= aimed else 'missed'})"


def _kept(runs: Sequence[Row], of_runtime: Sequence[Row]) -> str:
    """Write what a training step keeps for its backward pass, over what the baseline keeps."""
    kept, base = (
        next((row["kept_mb"] for row in rows if row.get("kept_mb") and row["model"] == name), None)
        for rows, name in ((runs, runs[0]["model"]), (of_runtime, runs[0]["baseline"]))
    )
    return f"; memory {kept / base:.2f}{_judged(kept / base, aim(runs[0]))}" if kept and base else ""


def _itself(rows: Sequence[Row]) -> str:
    found = [Ratio(**row["again"]) for row in rows if row["again"] and row["model"] == row["baseline"]]
    return f"{min(one.low for one in found):.2f} to {max(one.high for one in found):.2f}" if found else ""


def main() -> None:
    """Write the table into the page."""
    print(f"written: {write_tables(PAGE, measured=measured(read_records()))}")


if __name__ == "__main__":
    main()
