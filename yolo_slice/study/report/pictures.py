"""The pictures of the report, as SVG that takes its ink from the page around it: light or dark."""

import io
import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from yolo_slice.compare.paired import is_number
from yolo_slice.compare.plot import PANEL_INCHES, any_letters, draw_panel, panels, styles
from yolo_slice.compare.results_csv import Curves
from yolo_slice.compare.runs import METRICS as COLUMNS
from yolo_slice.study.report.costs import Cost, Ratio, costs
from yolo_slice.study.report.results import Outcome, Results
from yolo_slice.study.report.standings import standings

INK = "#010203"  # stands for the page's own colour of text, which SVG calls currentColor
MARKERS = "os^Dv*P"
ON_THE_WAY = {"mAP50": COLUMNS["mAP50"], "mAP50-95": COLUMNS["mAP50-95"]}


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture.

    Attributes:
        title: What it shows, in words, for those who do not see it.
        svg: The picture itself.
    """

    title: str
    svg: str


def curves(results: Results, data: str) -> Mapping[str, list[Curves]]:
    """Return each arm's finished runs, epoch by epoch."""
    return {arm: [*map(_curves, results.finished(data, arm))] for arm in results.protocol.arms}


def pictures(results: Results, data: str) -> Iterator[Picture]:
    """Draw the accuracy of each arm against its cost, and its curves over the epochs."""
    if not results.finished(data):
        return
    metric, found = results.protocol.metric, costs(results, data)
    base = results.protocol.baseline
    has_latency = all(cost.latency for cost in found if cost.arm != base)
    label = f"latency, ratio to {base}" if has_latency else "million parameters (latency not measured)"
    yield _picture(f"{metric} against {label}", lambda axes: _draw_costs(axes, results, data, has_latency, label))
    runs = curves(results, data)
    for column in panels(runs):
        yield _picture(f"{column} against the epoch", lambda axes, column=column: draw_panel(axes, column, runs))


def legend(results: Results) -> Iterator[tuple[str, str]]:
    """Pair each arm with a short line in its colour and kind."""
    dashes = {"-": "", "--": "8 4", ":": "2 3", "-.": "8 3 2 3"}
    for arm, (color, line) in styles(results.protocol.arms).items():
        ink = "currentColor" if color == "#000000" else color
        stroke = f'stroke="{ink}" stroke-width="3" stroke-dasharray="{dashes[line]}"'
        yield arm, f'<svg class="key" viewBox="0 0 32 8" aria-hidden="true"><path d="M0 4H32" {stroke}/></svg>'


def _curves(one: Outcome) -> Curves:
    """Read a record's epochs; what is not a rising list of numbers is left out."""
    rows = [row for row in one.record.get("epochs") or () if isinstance(row, dict) and is_number(row.get("epoch"))]
    by_epoch = {int(row["epoch"]): row for row in rows}
    epochs = sorted(by_epoch)
    names = dict.fromkeys(str(key) for row in rows for key in row)
    columns = {
        ON_THE_WAY.get(name, name): tuple(_number(by_epoch[epoch].get(name)) for epoch in epochs)
        for name in names
        if name in ON_THE_WAY or name.startswith("val/")
    }
    return Curves(tuple(epochs), columns, ())


def _number(value: Any) -> float:
    return float(value) if is_number(value) else math.nan


def _draw_costs(axes: Axes, results: Results, data: str, has_latency: bool, label: str) -> None:
    """Draw a point an arm: mean and standard deviation against latency with its interval, or parameters."""
    protocol = results.protocol
    stands = standings(results, data, protocol.epoch, results.main)
    found = {cost.arm: cost for cost in costs(results, data)}
    for place, (one, (color, _)) in enumerate(zip(stands, styles(protocol.arms).values(), strict=True)):
        spot = _spot(found[one.arm], has_latency, one.arm == protocol.baseline)
        if spot is None or one.mean is None:
            continue
        across = [[spot.ratio - spot.low], [spot.high - spot.ratio]]
        style: dict[str, Any] = {"fmt": MARKERS[place % len(MARKERS)], "color": color, "capsize": 3, "markersize": 8}
        axes.errorbar([spot.ratio], [one.mean], xerr=across, yerr=one.deviation, **style)
    axes.set_title(f"{protocol.metric}, {protocol.epoch} epoch, mean ± sd", parse_math=False)
    axes.set_xlabel(label, parse_math=False)
    axes.margins(0.15)
    axes.grid(alpha=0.3, linewidth=0.5)


def _spot(cost: Cost, has_latency: bool, is_base: bool) -> Ratio | None:
    """Return where an arm stands on the axis of costs, and how sure that is."""
    if has_latency:
        return Ratio(1, 1, 1) if is_base else cost.latency
    return None if cost.parameters is None else Ratio(*[cost.parameters / 1e6] * 3)


def _picture(title: str, draw: Callable[[Axes], None]) -> Picture:
    settings: dict[str, Any] = {"svg.fonttype": "none", "svg.hashsalt": title, "font.family": "sans-serif"}
    inks = ("text.color", "axes.labelcolor", "axes.edgecolor", "axes.titlecolor", "xtick.color", "ytick.color")
    settings |= dict.fromkeys([*inks, "grid.color"], INK)
    with mpl.rc_context(settings), any_letters():  # pyright: ignore[reportArgumentType]
        figure = Figure(figsize=PANEL_INCHES, layout="constrained", facecolor="none")
        axes = figure.subplots()
        axes.set_facecolor("none")
        draw(axes)
        text = io.StringIO()
        figure.savefig(text, format="svg", metadata={"Date": None, "Creator": None})
    return Picture(title, _inline(text.getvalue(), title))


def _inline(svg: str, title: str) -> str:
    """Make a file's SVG a part of a page: no size of its own, the page's ink, names of its own."""
    svg = svg[svg.index("<svg") :].replace(INK, "currentColor").replace("#000000", "currentColor")
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r'(<svg[^>]*?) width="[^"]*"', r"\1", svg, count=1)
    return re.sub(r'(<svg[^>]*?) height="[^"]*"', r"\1", svg, count=1)
