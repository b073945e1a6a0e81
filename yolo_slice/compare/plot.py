"""Curves of several models in one picture: mAP and validation losses against the epoch."""

import io
import math
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import cycle

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from yolo_slice.compare.results_csv import Curves
from yolo_slice.compare.runs import METRICS

# Okabe and Ito 2008: eight colours that people with any colour vision tell apart; the yellow, too pale, is left out.
COLORS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#000000")
LINES = ("-", "--", ":", "-.")
PANEL_INCHES = (4.2, 3.1)
COLUMNS = 3
LEGEND = "thin: each run; thick: mean over the runs; band: lowest to highest run"

Runs = Mapping[str, Sequence[Curves]]  # a model's label to its runs


def draw(models: Runs) -> Figure:
    """Draw mAP50, mAP50-95 and each validation loss against the epoch.

    A thin line a run; a model's thick line is the mean over its runs and its band reaches from the lowest to the
    highest run, over the epochs that all its runs have.
    """
    columns = panels(models)
    rows = math.ceil(len(columns) / COLUMNS)
    figure = Figure(figsize=(PANEL_INCHES[0] * COLUMNS, PANEL_INCHES[1] * rows + 0.6), dpi=150, layout="constrained")
    cells = list(figure.subplots(rows, COLUMNS, squeeze=False).flat)
    for axes, column in zip(cells, columns, strict=False):
        draw_panel(axes, column, models)
    for axes in cells[len(columns) :]:
        axes.remove()
    lines = [line for line in cells[0].lines if line.get_linewidth() == 2]
    labels = [f"{label} (n = {len(runs)})" for label, runs in models.items()]
    ncols = min(len(labels), _per_line(labels))
    legend = figure.legend(lines, lines, title=LEGEND, title_fontsize=8, loc="outside lower center", ncols=ncols)
    for text, label in zip(legend.get_texts(), labels, strict=True):  # so that `_a` and `$b$` are names as any other
        text.set(text=label, parse_math=False)
    return figure


def png(figure: Figure) -> bytes:
    """Render a figure."""
    image = io.BytesIO()
    with any_letters():
        figure.savefig(image, format="png")
    return image.getvalue()


@contextmanager
def any_letters() -> Iterator[None]:
    """Render names in letters that the font lacks as boxes, without a warning for each."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing from")
        yield


def panels(models: Runs) -> list[str]:
    """List the columns to draw: the mAPs, and the validation losses that any run has, in the order of the files."""
    names = [name for runs in models.values() for run in runs for name in run.columns if name.startswith("val/")]
    return [METRICS["mAP50"], METRICS["mAP50-95"], *dict.fromkeys(names)]


def styles(labels: Iterable[str]) -> dict[str, tuple[str, str]]:
    """Return a colour and a kind of line for each model, no two alike among the first 28."""
    lines = (line for line in cycle(LINES) for _ in COLORS)
    return {label: (color, line) for label, color, line in zip(labels, cycle(COLORS), lines, strict=False)}


def draw_panel(axes: Axes, column: str, models: Runs) -> None:
    """Draw one column of all models that have it, and name those that do not."""
    for label, (color, line) in styles(models).items():
        runs = [run for run in models[label] if column in run.columns]
        for run in runs:
            axes.plot(run.epochs, _finite(run.columns[column]), line, color=color, lw=0.7, alpha=0.6)
        epochs, values = common_epochs(runs, column)
        axes.plot(epochs, values.mean(0), line, color=color, lw=2)
        axes.fill_between(epochs, values.min(0), values.max(0), color=color, alpha=0.18, linewidth=0)
    if lacking := [label for label, runs in models.items() if not any(column in run.columns for run in runs)]:
        place = {"transform": axes.transAxes, "ha": "center", "va": "top", "size": 8, "parse_math": False}
        axes.text(0.5, 0.97, f"not in {', '.join(lacking)}", **place)
    axes.set_title(_title(column), parse_math=False)
    axes.set_xlabel("epoch")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.grid(alpha=0.3, linewidth=0.5)
    axes.margins(x=0.01)


def common_epochs(runs: Sequence[Curves], column: str) -> tuple[list[int], np.ndarray]:
    """Return the epochs that all runs have, and a column's values there, (runs, epochs)."""
    if not runs:
        return [], np.empty((1, 0))
    epochs = sorted(set.intersection(*(set(run.epochs) for run in runs)))
    tables = [dict(zip(run.epochs, run.columns[column], strict=True)) for run in runs]
    return epochs, _finite([[table[epoch] for epoch in epochs] for table in tables])


def _title(column: str) -> str:
    """Name a panel.

    Example:
        >>> _title("metrics/mAP50(B)"), _title("val/box_loss")
        ('mAP50', 'validation box loss')
    """
    names = {key: name for name, key in METRICS.items()}
    return names.get(column, f"validation {column.removeprefix('val/').replace('_', ' ')}")


def _per_line(labels: Sequence[str]) -> int:
    return max(1, int(COLUMNS * 40 / (max(map(len, labels)) + 8)))


def _finite(values: Sequence[float] | Sequence[Sequence[float]]) -> np.ndarray:
    """Replace the infinite losses of a diverged training by nan, which leaves a gap."""
    array = np.array(values, dtype=float)
    return np.where(np.isfinite(array), array, np.nan)
