"""One picture of AP by object size, a line per model, with the number of objects behind it."""

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from yolo_slice.atomic_file import write_whole
from yolo_slice.errors import SliceError
from yolo_slice.metrics.coco import SizeBin

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")  # Okabe and Ito 2008
MARKERS = "os^Dv*P"


def plot_sizes(sizes: Mapping[str, Sequence[SizeBin]], file: Path, area: str) -> Path:
    """Draw AP over size bins; bins without objects are hatched and say so.

    Args:
        sizes: Name of a model -> its bins; the bins of all models have the same edges.
        file: Picture to write; its suffix decides the kind.
        area: What decides an object's size, for the axis: "segmentation area" or "box area".

    Raises:
        SliceError: If there is nothing to draw, or the bins differ.
    """
    # The object-oriented interface: no global state, no display
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    bins = next(iter(sizes.values()), ())
    if not bins or any([b.title for b in other] != [b.title for b in bins] for other in sizes.values()):
        raise SliceError("nothing to draw: no size bins, or not the same for every model")
    figure = Figure(figsize=(8, 4.5), layout="constrained")
    FigureCanvasAgg(figure)
    axes: Any = figure.add_subplot()
    _draw_counts(axes, bins)
    for n, (name, values) in enumerate(sizes.items()):
        ap = [value.ap if value.objects else float("nan") for value in values]  # no line across an empty bin
        style = {"color": COLOURS[n % len(COLOURS)], "marker": MARKERS[n % len(MARKERS)]}
        axes.plot(range(len(bins)), ap, label=name, linewidth=2, markersize=7, **style)
    axes.set_xticks(range(len(bins)), [f"{value.title}\n{value.objects}" for value in bins])
    axes.set(xlabel=f"object size, px (square root of the {area}), and number of objects", ylabel="AP (IoU 0.50:0.95)")
    axes.set_ylim(0, None)
    axes.grid(axis="y", alpha=0.3)
    figure.legend(frameon=False, loc="outside upper left", ncols=2)
    picture = io.BytesIO()
    figure.savefig(picture, format=file.suffix[1:], dpi=150)
    write_whole(file, picture.getvalue())
    return file


def _draw_counts(axes: Any, bins: Sequence[SizeBin]) -> None:
    """Draw the share of objects in each bin, behind the lines and without an axis; hatch bins that have none."""
    counts = axes.twinx()
    counts.bar(range(len(bins)), [value.objects for value in bins], width=0.9, color="#BBBBBB", alpha=0.3)
    counts.set_ylim(0, 1.3 * max(1, *(value.objects for value in bins)))
    counts.yaxis.set_visible(False)
    axes.set_zorder(counts.get_zorder() + 1)  # lines before bars
    axes.patch.set_visible(False)
    for x, value in enumerate(bins):
        if not value.objects:
            counts.axvspan(x - 0.45, x + 0.45, facecolor="none", edgecolor="#999999", hatch="//", linewidth=0)
            place = {"rotation": 90, "ha": "center", "va": "center", "transform": axes.get_xaxis_transform()}
            axes.text(x, 0.5, "no objects", color="#333333", fontsize=9, backgroundcolor="white", **place)
