"""One picture of AP by object size, a line per model, with the number of objects behind it."""

from collections.abc import Mapping, Sequence
from pathlib import Path

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
    axes = figure.add_subplot()
    _draw_counts(axes, bins)
    for n, (name, values) in enumerate(sizes.items()):
        points = [(x, value.ap) for x, value in enumerate(values) if value.objects]
        style = {"color": COLOURS[n % len(COLOURS)], "marker": MARKERS[n % len(MARKERS)]}
        axes.plot(*zip(*points, strict=True) if points else ([], []), label=name, linewidth=2, markersize=7, **style)
    axes.set_xticks(range(len(bins)), [value.title for value in bins])
    axes.set(xlabel=f"object size, px (square root of the {area})", ylabel="AP (IoU 0.50:0.95)", ylim=(0, None))
    axes.margins(y=0.15)
    axes.grid(axis="y", alpha=0.3)
    axes.legend(frameon=False, loc="upper left")
    figure.savefig(file, dpi=150)
    return file


def _draw_counts(axes: object, bins: Sequence[SizeBin]) -> None:
    """Draw the number of objects behind the lines, on an axis of its own; mark bins that have none."""
    counts = axes.twinx()  # pyright: ignore[reportAttributeAccessIssue]
    bars = counts.bar(range(len(bins)), [value.objects for value in bins], width=0.9, color="#BBBBBB", alpha=0.35)
    counts.bar_label(bars, [f"{value.objects}" if value.objects else "" for value in bins], fontsize=8, color="#666666")
    counts.set_ylabel("objects", color="#666666")
    counts.tick_params(axis="y", colors="#666666")
    counts.margins(y=0.1)
    axes.set_zorder(counts.get_zorder() + 1)  # pyright: ignore[reportAttributeAccessIssue]  lines before bars
    axes.patch.set_visible(False)  # pyright: ignore[reportAttributeAccessIssue]
    for x, value in enumerate(bins):
        if not value.objects:
            counts.axvspan(x - 0.45, x + 0.45, facecolor="none", edgecolor="#999999", hatch="//", linewidth=0)
            note = {"rotation": 90, "ha": "center", "va": "center", "color": "#444444", "fontsize": 9}
            axes.text(x, 0.5, "no objects", transform=axes.get_xaxis_transform(), **note)  # pyright: ignore[reportAttributeAccessIssue]
