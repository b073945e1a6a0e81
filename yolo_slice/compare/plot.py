"""Curves of several models in one picture: mAP and validation losses against the epoch."""

import io
import math
from collections.abc import Sequence
from itertools import cycle

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from yolo_slice.compare.comparison import Model
from yolo_slice.compare.runs import METRICS, Run

# Okabe and Ito 2008: eight colours that people with any colour vision tell apart; the yellow, too pale, is left out.
COLORS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#000000")
LINES = ("-", "--", ":", "-.")
PANEL_INCHES = (4.2, 3.1)
COLUMNS = 3
LEGEND = "thin: each run; thick: mean over the runs; band: lowest to highest run"


def draw(models: Sequence[Model]) -> Figure:
    """Draw mAP50, mAP50-95 and each validation loss against the epoch.

    A thin line a run; a model's thick line is the mean over its runs and its band reaches from the lowest to the
    highest run, over the epochs that all its runs have.
    """
    panels = {"mAP50": METRICS["mAP50"], "mAP50-95": METRICS["mAP50-95"]}
    panels |= {name.removeprefix("val/"): name for name in _losses(models)}
    rows = math.ceil(len(panels) / COLUMNS)
    figure = Figure(figsize=(PANEL_INCHES[0] * COLUMNS, PANEL_INCHES[1] * rows + 0.6), dpi=150, layout="constrained")
    cells = list(figure.subplots(rows, COLUMNS, squeeze=False).flat)
    for axes, (title, column) in zip(cells, panels.items(), strict=False):
        _panel(axes, column, models)
        axes.set_title(title if column in METRICS.values() else f"validation {title.replace('_', ' ')}")
    for axes in cells[len(panels) :]:
        axes.remove()
    lines, labels = cells[0].get_legend_handles_labels()
    ncols = min(len(labels), _per_line(labels))
    figure.legend(lines, labels, title=LEGEND, title_fontsize=8, loc="outside lower center", ncols=ncols)
    return figure


def png(figure: Figure) -> bytes:
    """Render a figure."""
    image = io.BytesIO()
    figure.savefig(image, format="png")
    return image.getvalue()


def _losses(models: Sequence[Model]) -> list[str]:
    """List the validation losses that any run has, in the order of the files."""
    names = [name for model in models for run in model.runs for name in run.curves.columns if name.startswith("val/")]
    return list(dict.fromkeys(names))


def _per_line(labels: Sequence[str]) -> int:
    return max(1, int(COLUMNS * 40 / (max(map(len, labels)) + 8)))


def _panel(axes: Axes, column: str, models: Sequence[Model]) -> None:
    """Draw one quantity of all models that have it, and name those that do not."""
    styles = zip(models, cycle(COLORS), (line for line in cycle(LINES) for _ in COLORS), strict=False)
    for model, color, line in styles:
        runs = [run for run in model.runs if column in run.curves.columns]
        for run in runs:
            axes.plot(run.curves.epochs, _finite(run.curves.columns[column]), line, color=color, lw=0.7, alpha=0.6)
        epochs, values = common_epochs(runs, column)
        label = f"{model.label} (n = {len(model.runs)})"
        axes.plot(epochs, values.mean(0), line, color=color, lw=2, label=label)
        axes.fill_between(epochs, values.min(0), values.max(0), color=color, alpha=0.18, linewidth=0)
    if lacking := [m.label for m in models if not any(column in run.curves.columns for run in m.runs)]:
        axes.text(0.5, 0.97, f"not in {', '.join(lacking)}", transform=axes.transAxes, ha="center", va="top", size=8)
    axes.set_xlabel("epoch")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.grid(alpha=0.3, linewidth=0.5)
    axes.margins(x=0.01)


def common_epochs(runs: Sequence[Run], column: str) -> tuple[list[int], np.ndarray]:
    """Return the epochs that all runs have, and a column's values there, (runs, epochs)."""
    if not runs:
        return [], np.empty((1, 0))
    epochs = sorted(set.intersection(*(set(run.curves.epochs) for run in runs)))
    tables = [dict(zip(run.curves.epochs, run.curves.columns[column], strict=True)) for run in runs]
    return epochs, _finite([[table[epoch] for epoch in epochs] for table in tables])


def _finite(values: Sequence[float] | Sequence[Sequence[float]]) -> np.ndarray:
    """Replace the infinite losses of a diverged training by nan, which leaves a gap."""
    array = np.array(values, dtype=float)
    return np.where(np.isfinite(array), array, np.nan)
