"""docs/which-one.md: what each down- and up-sampler costs yolov8n, and what it did in a study, side by side.

`python -m yolo_slice.study.samplers_page` writes its tables and its picture from the records of `yolo-slice bench` and
`yolo-slice study` in docs/, and the times that `yolo-slice list kind=` shows.
"""

import io
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

from yolo_slice.atomic_file import write_whole
from yolo_slice.bench.page import RECORDS, Row, merged, ratio_text, read_records
from yolo_slice.bench.ratios import Ratio
from yolo_slice.complexity.swap_list import BASE, ListedSwap, SwapTime, listed_swaps, write_times
from yolo_slice.markdown_table import aligned
from yolo_slice.page_tables import write_tables
from yolo_slice.paths import CFG
from yolo_slice.study.report.results import read_results
from yolo_slice.study.report.standings import Standing, standings

PAGE = "docs/which-one.md"
PICTURE = CFG.parent / "docs" / "images" / "which-one.svg"
BENCHMARKS = RECORDS / "samplers"
STUDIES = {
    kind: CFG.parent / "docs" / "studies" / name
    for kind, name in (("down", "bccd-samplers-160"), ("up", "bccd-upsamplers-160"))
}
RUNTIMES = {"onnx": "ONNX Runtime", "openvino": "OpenVINO", "channels_last": "PyTorch"}
DRAWN = "onnx"


@dataclass(frozen=True, slots=True)
class Sampler:
    """A suffix with everything that was measured of it; what was not is left out.

    Attributes:
        swap: What it stands for, with parameters and GFLOPs.
        times: By format, its time over stock's.
        kept: What a training step keeps for its backward pass, over what stock keeps.
        standing: How it stands in the study.
    """

    swap: ListedSwap
    times: Mapping[str, Ratio]
    kept: float | None
    standing: Standing | None

    @property
    def label(self) -> str:
        """The model's name."""
        return label(self.swap.suffix)


def label(suffix: str) -> str:
    """Name the model with a suffix."""
    return f"{BASE}-{suffix}" if suffix else BASE


def samplers(kind: str, rows: Sequence[Row], study: Path) -> list[Sampler]:
    """Put together what is known of all samplers of a direction, the smallest model first; of two names for one, one.

    Args:
        kind: down or up.
        rows: Of benchmarks, as their records have them.
        study: Folder of a study; need not exist.
    """
    stands = read_standings(study)
    found = reversed(listed_swaps(kind))
    swaps = {(swap.module, swap.params, swap.gflops): swap for swap in found}  # the shorter name stays
    return [
        Sampler(swap, _times(rows, name), _kept(rows, name), stands.get(name))
        for swap in reversed(swaps.values())
        for name in [label(swap.suffix)]
    ]


def read_standings(study: Path) -> dict[str, Standing]:
    """Return how each arm of a study with one data set stands, a checkpoint by its name; empty without that study."""
    if not study.is_dir():
        return {}
    results = read_results(study)
    (data,) = results.protocol.data
    return {one.arm.removesuffix(".pt"): one for one in standings(results, data, results.protocol.epoch, results.main)}


def _times(rows: Sequence[Row], name: str) -> dict[str, Ratio]:
    found = {form: merged(_of(rows, name, form)) for form in RUNTIMES}
    return {form: ratio for form, ratio in found.items() if ratio is not None}


def _of(rows: Iterable[Row], name: str, form: str) -> list[Row]:
    return [row for row in rows if (row["model"], row["baseline"], row["format"]) == (name, BASE, form)]


def _kept(rows: Sequence[Row], name: str) -> float | None:
    ours, stock = ([row["kept_mb"] for row in _of(rows, of, "train") if row.get("kept_mb")] for of in (name, BASE))
    return statistics.median(ours) / statistics.median(stock) if ours and stock else None


def table(found: Sequence[Sampler]) -> str:
    """Write what was measured: a line a sampler, and no column of which nothing was."""
    head = ["suffix", "parameters, M", "GFLOPs", *RUNTIMES.values(), "memory", "AP ± sd", "AP minus stock", "verdict"]
    columns = list(zip(*map(_cells, found), strict=True))
    shown = [i for i, column in enumerate(columns) if any(column)]
    return aligned([[row[i] for i in shown] for row in (head, *map(_cells, found))])


def _cells(one: Sampler) -> list[str]:
    swap, stand = one.swap, one.standing
    return [
        f"-{swap.suffix}" if swap.suffix else "(stock)",
        f"{swap.params / 1e6:.2f}" if swap.params else "",
        f"{swap.gflops:.2f}" if swap.gflops else "",
        *(ratio_text(one.times[form]) if swap.suffix and form in one.times else "" for form in RUNTIMES),
        f"{one.kept:.2f}" if swap.suffix and one.kept else "",
        *(_accuracy(stand) if stand else ["", "", ""]),
    ]


def _accuracy(stand: Standing) -> list[str]:
    against, spread = stand.against, stand.deviation
    mean = "" if stand.mean is None else f"{stand.mean:.3f}" + ("" if spread is None else f" ± {spread:.3f}")
    if against is None or against.mean is None or against.low is None or against.high is None:
        return [mean, "", stand.verdict]
    return [mean, f"{against.mean:+.3f} [{against.low:+.3f}, {against.high:+.3f}]", stand.verdict]


def picture(kinds: Mapping[str, Sequence[Sampler]]) -> str | None:
    """Draw AP against time in ONNX Runtime, a panel a direction; None where no sampler has both.

    Both bars of a point are what it is uncertain by: the 95 % interval of the ratio, the standard deviation of AP.
    """
    shown = {kind: [one for one in found if _is_drawn(one)] for kind, found in kinds.items()}
    shown = {kind: found for kind, found in shown.items() if any(one.swap.suffix for one in found)}
    if not shown:
        return None
    with mpl.rc_context({"svg.fonttype": "path", "svg.hashsalt": "which-one"}):
        figure = Figure(figsize=(7.5, 4.8 * len(shown)), layout="constrained")
        panels: Any = figure.subplots(len(shown), squeeze=False)
        for axes, (kind, found) in zip(panels[:, 0], shown.items(), strict=True):
            _draw(axes, kind, found)
        text = io.StringIO()
        figure.savefig(text, format="svg", metadata={"Date": None, "Creator": None})
    return text.getvalue()


def _is_drawn(one: Sampler) -> bool:
    return one.standing is not None and one.standing.mean is not None and (not one.swap.suffix or DRAWN in one.times)


def _draw(axes: Any, kind: str, found: Sequence[Sampler]) -> None:
    times = {one.swap.suffix: one.times[DRAWN] if one.swap.suffix else Ratio(1, 1, 1) for one in found}
    for place, one in enumerate(sorted(found, key=lambda one: times[one.swap.suffix])):
        assert one.standing is not None
        time = times[one.swap.suffix]
        across = [[time.ratio - time.low], [time.high - time.ratio]]
        color = "#D55E00" if not one.swap.suffix else "#0072B2"
        spot = (time.ratio, one.standing.mean)
        axes.errorbar([spot[0]], [spot[1]], xerr=across, yerr=one.standing.deviation, fmt="o", color=color, alpha=0.6)
        beside = (5, -12 if place % 2 else 4)  # neighbours' names would lie on each other
        axes.annotate(one.swap.suffix or "stock", spot, xytext=beside, textcoords="offset points", fontsize=9)
    axes.set_title(f"{BASE}, {kind}-samplers")
    axes.set_xlabel(f"time in {RUNTIMES[DRAWN]}, ratio to stock")
    axes.set_ylabel("AP, mean ± sd over seeds")
    axes.margins(0.12)
    axes.grid(alpha=0.3, linewidth=0.5)


def listed_times(kinds: Mapping[str, Sequence[Sampler]]) -> list[SwapTime]:
    """Return the times that `yolo-slice list kind=` shows: those of exported models."""
    return [
        SwapTime(one.swap.suffix, RUNTIMES[form], *ratio)
        for found in kinds.values()
        for one in found
        if one.swap.suffix
        for form, ratio in one.times.items()
        if form != "channels_last"
    ]


def main() -> None:
    """Write the tables, the picture, and the times in `yolo-slice list kind=`."""
    rows = read_records(BENCHMARKS)
    kinds = {kind: samplers(kind, rows, study) for kind, study in STUDIES.items()}
    written = [
        write_tables(PAGE, **{kind: table(found) for kind, found in kinds.items()}),
        write_times(listed_times(kinds)),
    ]
    if drawn := picture(kinds):
        write_whole(PICTURE, drawn)
        written.append(PICTURE)
    print(f"written: {', '.join(map(str, written))}")


if __name__ == "__main__":
    main()
