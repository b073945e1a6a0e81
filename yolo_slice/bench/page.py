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

Row = Mapping[str, Any]


def read_records(folder: Path = RECORDS) -> list[Row]:
    """Return the rows of all runs."""
    return [row for file in sorted(folder.glob("*.json")) for row in json.loads(file.read_text("utf-8"))["rows"]]


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
        found = [
            [row for row in of_runtime if (row["model"], row["baseline"]) == (model, baseline)]
            for of_runtime in by_runtime.values()
        ]
        lines.append(f"| {model} / {baseline} | {' | '.join(map(_cell, found))} |")
    lines.append(f"| a baseline against itself | {' | '.join(map(_itself, by_runtime.values()))} |")
    return f"{_title(rows[0])}\n\n" + "\n".join(lines)


def _title(row: Row) -> str:
    threads = f"{row['threads']} thread{'s' * (row['threads'] > 1)}"
    return f"{row['device']}, {threads}, {row['decides']}, {row['imgsz']} px, batch {row['batch']}:"


def _cell(runs: Sequence[Row]) -> str:
    """Write the median over the valid runs, and the widest ends of their intervals."""
    if not runs:
        return ""
    valid = [Ratio(**row["ratio"]) for row in runs if row["verdict"] not in ("INVALID", "FAILED")]
    if not valid:
        return " / ".join(sorted({row["verdict"] for row in runs}))
    middle = statistics.median(one.ratio for one in valid)
    text = f"{middle:.2f} [{min(one.low for one in valid):.2f}, {max(one.high for one in valid):.2f}]"
    return text if len(valid) == len(runs) else f"{text} ({len(valid)} of {len(runs)} runs VALID)"


def _itself(rows: Sequence[Row]) -> str:
    found = [Ratio(**row["again"]) for row in rows if row["again"] and row["model"] == row["baseline"]]
    return f"{min(one.low for one in found):.2f} to {max(one.high for one in found):.2f}" if found else ""


def main() -> None:
    """Write the table into the page."""
    print(f"written: {write_tables(PAGE, measured=measured(read_records()))}")


if __name__ == "__main__":
    main()
