"""What `yolo-slice bench` measured of a study's arms, where its bench.json lies beside study.yaml."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from yolo_slice.bench.settings import KIND
from yolo_slice.errors import SliceError

FILE = "bench.json"


def read_latencies(folder: Path, baseline: str) -> dict[str, Mapping[str, Any]]:
    """Return the ratio of each arm in the first runtime and batch size of the file; empty without a file.

    Args:
        folder: Of the study.
        baseline: Label of its baseline.

    Raises:
        SliceError: If the file is none of `yolo-slice bench`, or its ratios are to another model.
    """
    file = folder / FILE
    if not file.is_file():
        return {}
    try:
        record = json.loads(file.read_text(encoding="utf-8"))
        kind, rows = record["kind"], record["rows"]
        first = [row for row in rows if all(row[key] == rows[0][key] for key in ("format", "batch"))]
        found = {row["model"]: row["latency"] for row in first if row["latency"]}
        theirs = {row["baseline"] for row in rows}
    except (ValueError, KeyError, TypeError, IndexError, RecursionError) as fault:
        raise SliceError(f"{file}: not a {FILE} of {KIND} ({type(fault).__name__}: {fault})") from None
    if kind != KIND or theirs != {baseline}:
        raise SliceError(
            f"{file}: expected ratios of {KIND} to {baseline}, the study's baseline; name it first in model="
        )
    return found
