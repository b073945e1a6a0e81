"""The picture of a benchmark: what a model costs against what it is worth."""

import io
from collections.abc import Sequence
from typing import Any

from yolo_slice.bench.row import Row

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")  # Okabe and Ito 2008
MARKERS = "os^Dv*P"
DOT = 250  # area of the largest dot, points²


def picture(rows: Sequence[Row]) -> bytes | None:
    """Draw the latency ratio against AP, or parameters where no AP was measured; a dot's area is the parameters.

    Colours are models, markers are runtimes and batches. INVALID and failed rows are left out; None without any other.
    """
    from matplotlib.figure import Figure

    shown = [row for row in rows if row.is_valid and row.ratio]
    if not shown:
        return None
    has_ap = all(row.ap is not None for row in shown)
    figure = Figure(figsize=(8, 5), dpi=150, layout="constrained")
    axes: Any = figure.subplots()
    _draw(axes, shown, has_ap)
    axes.axvline(1, color="#888888", linewidth=0.8)
    axes.set_xlabel(f"time, ratio to {shown[0].baseline}, with its 95 % interval", parse_math=False)
    axes.set_ylabel("mAP50-95 of the same file" if has_ap else "parameters, millions")
    axes.margins(0.15)
    axes.grid(alpha=0.3, linewidth=0.5)
    figure.legend(loc="outside lower center", ncols=2, frameon=False)
    image = io.BytesIO()
    figure.savefig(image, format="png")
    return image.getvalue()


def _draw(axes: Any, rows: Sequence[Row], has_ap: bool) -> None:
    models = list(dict.fromkeys(row.model for row in rows))
    kinds = list(dict.fromkeys(_kind(row) for row in rows))
    most = max(row.parameters for row in rows)
    for row in rows:
        assert row.ratio is not None
        color = COLOURS[models.index(row.model) % len(COLOURS)]
        marker = MARKERS[kinds.index(_kind(row)) % len(MARKERS)]
        height = row.ap if has_ap else row.parameters / 1e6
        size = DOT * row.parameters / most
        axes.plot([row.ratio.low, row.ratio.high], [height] * 2, color=color, linewidth=1)
        axes.scatter([row.ratio.ratio], [height], s=size, color=color, marker=marker, alpha=0.7, linewidths=0)
    for place, name in enumerate(models):
        axes.plot([], [], "o", color=COLOURS[place % len(COLOURS)], label=_shown(name))
    for place, kind in enumerate(kinds):
        axes.plot([], [], MARKERS[place % len(MARKERS)], color="#888888", label=_shown(kind))


def _kind(row: Row) -> str:
    return f"{row.runtime} {row.precision}, batch {row.batch}"


def _shown(name: str) -> str:
    """Keep matplotlib from taking a name for mathematics or for one that is not to be listed."""
    return name.replace("$", r"\$").lstrip("_") or name
