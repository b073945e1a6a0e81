"""Reproduced rows as text, Markdown, CSV and JSON."""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from itertools import groupby
from typing import Any

from yolo_slice.complexity.paper_tables import TABLES
from yolo_slice.complexity.reproduction import Reproduction

TITLES = {table.name: table.title for table in TABLES}
HEADER = ("row", "paper M", "ours M", "paper GFLOPs", "ours GFLOPs", "match")


def as_text(rows: Sequence[Reproduction]) -> str:
    """Write aligned columns under each table's title, and the total."""
    parts = []
    for name, group in groupby(rows, key=lambda row: row.table):
        members = list(group)
        cells = [HEADER, *map(_cells, members)]
        widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
        lines = ["  ".join(f"{cell:<{w}}" for cell, w in zip(line, widths, strict=True)).rstrip() for line in cells]
        notes = [f"  {row.row}: {row.reading}" for row in members if row.reading]
        parts.append("\n".join([f"{name}. {TITLES[name]}", f"GFLOPs: {members[0].convention}", "", *lines, "", *notes]))
    return "\n\n".join([*(part.rstrip() for part in parts), summary(rows)])


def as_markdown(rows: Sequence[Reproduction]) -> str:
    """Write a Markdown table under each table's title, and the total."""
    parts = []
    for name, group in groupby(rows, key=lambda row: row.table):
        members = list(group)
        header = ["| " + " | ".join((*HEADER, "reading")) + " |", "|" + "---|" * (len(HEADER) + 1)]
        lines = ["| " + " | ".join((*_cells(row), row.reading)) + " |" for row in members]
        parts.append("\n".join([f"**{name}.** {TITLES[name]}", "", *header, *lines, "", _sentence(members[0])]))
    return "\n\n".join([*parts, summary(rows)])


def as_csv(rows: Sequence[Reproduction]) -> str:
    """Write one line for each row, values not rounded; what a paper does not print is empty."""
    file = io.StringIO()
    writer = csv.DictWriter(file, list(_record(rows[0])), lineterminator="\n")
    writer.writeheader()
    writer.writerows(map(_record, rows))
    return file.getvalue().rstrip("\n")


def as_json(rows: Sequence[Reproduction]) -> str:
    """Write a list of objects, values not rounded; what a paper does not print is null."""
    return json.dumps([_record(row) for row in rows], indent=2)


def summary(rows: Sequence[Reproduction]) -> str:
    """Say how many rows are exact, and how far off those are that are known not to be."""
    exact = f"{sum(row.exact for row in rows)} of {len(rows)} rows exact"
    near = [abs(row.off_percent) for row in rows if row.known and not row.exact]
    return exact + (f", {len(near)} off by {min(near):.1f} to {max(near):.1f} %" if near else "")


def _sentence(row: Reproduction) -> str:
    return f"GFLOPs: {row.convention}. Printed numbers are {row.how}."


def _cells(row: Reproduction) -> tuple[str, ...]:
    """Write a row's numbers, ours with two digits more than the paper prints."""
    match = f"exact, {row.how}" if row.exact else f"{row.off_percent:+.1f} %" if row.known else "DIFFERENT"
    gflops = f"{row.gflops:.3f}"
    return row.row, row.paper_params_m or "-", f"{row.params_m:.4f}", row.paper_gflops or "-", gflops, match


def _record(row: Reproduction) -> Mapping[str, Any]:
    """Make the printed numbers numbers."""
    params, gflops = (None if text is None else float(text) for text in (row.paper_params_m, row.paper_gflops))
    return {**asdict(row), "paper_params_m": params, "paper_gflops": gflops}


VIEWS = {"text": as_text, "md": as_markdown, "csv": as_csv, "json": as_json}
