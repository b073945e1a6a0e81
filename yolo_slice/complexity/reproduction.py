"""The papers' complexity columns next to those of our models, row by row."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal

from torch import nn

from yolo_slice.complexity.counting import CONVENTIONS, count_operations
from yolo_slice.complexity.paper_table import Build, PaperRow, PaperTable
from yolo_slice.complexity.paper_tables import TABLES
from yolo_slice.integration.log import progress


@dataclass(frozen=True, slots=True)
class Reproduction:
    """One row.

    Attributes:
        table: Name of the table.
        row: Name of the row, as in the paper.
        paper_params_m: Printed parameters, millions, with the printed digits; None if there are none.
        params_m: Ours, not rounded.
        paper_gflops: Printed GFLOPs; None if there is no such column.
        gflops: Ours by the table's convention, not rounded.
        exact: Whether every printed number equals ours at its digits.
        off_percent: How far ours is from the printed number that it is farthest from, percent of that.
        known: Whether it is exact, or no farther off than it is known to be.
        how: "rounded" or "truncated", as the paper does.
        convention: How GFLOPs are counted, in one line.
        reading: How we read the row, and the numbers that belong beside it.
    """

    table: str
    row: str
    paper_params_m: str | None
    params_m: float
    paper_gflops: str | None
    gflops: float
    exact: bool
    off_percent: float
    known: bool
    how: str
    convention: str
    reading: str


def reproduce(tables: Sequence[PaperTable] = TABLES) -> Iterator[Reproduction]:
    """Build and count the models of all rows, with a progress bar."""
    jobs = [(table, row) for table in tables for row in table.rows]
    for table, row in progress(jobs, "counting models"):
        yield _reproduce_row(table, row)


def _reproduce_row(table: PaperTable, row: PaperRow) -> Reproduction:
    params_m, gflops = _count(row.build, table, row.imgsz)
    beside = [_describe(label, *_count(build, table, row.imgsz)) for label, build in row.beside.items()]
    printed = [(text, value) for text, value in ((row.params_m, params_m), (row.gflops, gflops)) if text]
    is_row_exact = all(is_exact(text, value, table.truncates) for text, value in printed)
    off = max((100 * (value / float(text) - 1) for text, value in printed), key=abs)
    return Reproduction(
        table.name,
        row.name,
        row.params_m,
        params_m,
        row.gflops,
        gflops,
        is_row_exact,
        off,
        is_row_exact or abs(off) <= row.misses,
        "truncated" if table.truncates else "rounded",
        CONVENTIONS[table.convention].description,
        "; ".join(filter(None, [row.reading, *beside])),
    )


def _describe(label: str, params_m: float, gflops: float) -> str:
    return f"{label}: {params_m:.3f} M, {gflops:.1f} GFLOPs"


def _count(build: Build, table: PaperTable, imgsz: int = 0) -> tuple[float, float]:
    """Return a model's millions of parameters and its GFLOPs."""
    model: nn.Module = build()
    params = sum(p.numel() for p in model.parameters())
    if table.statistics:
        params += sum(b.numel() for name, b in model.named_buffers() if name.endswith(("running_mean", "running_var")))
    side = imgsz or table.imgsz
    return params / 1e6, count_operations(model, (side, side), table.convention) / 1e9


def is_exact(printed: str, value: float, truncates: bool) -> bool:
    """Tell whether a value is what is printed, at the printed digits.

    Example:
        >>> is_exact("8.7", 8.771, truncates=True), is_exact("8.7", 8.771, truncates=False)
        (True, False)
    """
    wanted = Decimal(printed)
    return Decimal(str(value)).quantize(wanted, ROUND_DOWN if truncates else ROUND_HALF_UP) == wanted
