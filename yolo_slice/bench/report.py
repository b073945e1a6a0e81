"""A benchmark written down: Markdown for people, CSV and JSON for programs, a picture."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, fields
from pathlib import Path, PurePath
from typing import Any

import yolo_slice
from yolo_slice.atomic_file import write_whole
from yolo_slice.bench.layers import layer_table
from yolo_slice.bench.picture import picture
from yolo_slice.bench.ratios import Ratio
from yolo_slice.bench.row import Row
from yolo_slice.bench.run import Bench
from yolo_slice.bench.settings import KIND
from yolo_slice.csv_text import csv_text
from yolo_slice.markdown_table import aligned, literal

RATIOS = ("ratio", "wall_ratio", "again")  # columns with an interval
HEAD = ("model", "runtime", "batch", "verdict", "ratio [95 %]", "wall ratio [95 %]")
HEAD_NUMBERS = ("median ms", "p90 ms", "images/s", "peak MB", "file MB", "parameters", "GFLOPs", "mAP50-95")
CAPTION = (
    "ratio: time of the model over the time of {baseline} in the same round, the median of all rounds of {processes} "
    "processes; in brackets its 95 % interval (bootstrap over processes, then rounds). It is the ratio of {decides}; "
    "median and p90 are of the same time, images/s of wall time. The network alone: no preprocessing, no "
    "non-maximum suppression. peak MB: what a fresh process grows by when it loads and runs the model; kept: of a "
    "training step, what its forward pass keeps for the backward pass. Parameters "
    "before fusing; GFLOPs at 640 x 640 pixels. - : not measured."
)
LAYERS = "Layers in torch, BatchNorm folded, side by side: median milliseconds of the rounds of one process."


def text(bench: Bench) -> str:
    """Write the table, and under it what each runtime's numbers depend on and whether they may be believed."""
    lines = [aligned([(*HEAD, *HEAD_NUMBERS), *map(_cells, bench.rows)])]
    lines.append("\n".join(f"- {literal(line)}" for line in _conditions(bench.rows)))
    if faults := [row for row in bench.rows if row.error]:
        lines.append("\n".join(f"- FAILED: {literal(f'{row.model}, {row.runtime}: {row.error}')}" for row in faults))
    if bench.is_cut_short:
        lines.append(f"INTERRUPTED: {_processes(bench)} of {bench.settings.processes} processes were timed.")
    decides = dict.fromkeys(row.decides for row in bench.rows)
    told = {"baseline": bench.rows[0].baseline, "processes": _processes(bench), "decides": ", ".join(decides)}
    lines.append(literal(CAPTION.format(**told)))
    if bench.layers:
        lines += [LAYERS, layer_table(bench.layers)]
    return "\n\n".join(lines) + "\n"


def _processes(bench: Bench) -> str:
    """Say how many there were; after an interruption some groups may have had one more than others."""
    counts = {len(group.rounds) for group in bench.groups if group.rounds} or {bench.settings.processes}
    return " to ".join(map(str, sorted({min(counts), max(counts)})))


def _cells(row: Row) -> Sequence[str]:
    return (
        row.model,
        f"{row.runtime} {row.precision}",
        str(row.batch),
        row.verdict,
        _ratio(row, row.ratio),
        _ratio(row, row.wall_ratio),
        _number(row.median_ms, 1),
        _number(row.p90_ms, 1),
        _number(row.images_per_s, 1),
        _memory(row),
        _number(row.file_mb, 1),
        f"{row.parameters:,}",
        _number(row.gflops, 1),
        _number(row.ap, 4),
    )


def _ratio(row: Row, found: Ratio | None) -> str:
    """Write a ratio, and none that may not be believed."""
    if found is None or not row.is_valid:
        return "-"
    return "1" if row.model == row.baseline else f"{found.ratio:.3f} [{found.low:.3f}, {found.high:.3f}]"


def _memory(row: Row) -> str:
    gpu = f" + {row.gpu_memory_mb:,.0f} on GPU" if row.gpu_memory_mb is not None else ""
    kept = f", {row.kept_mb:,.1f} kept" if row.kept_mb is not None else ""
    return _number(row.memory_mb, 0) + gpu + kept


def _number(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{value:,.{digits}f}"


def _conditions(rows: Iterable[Row]) -> Iterator[str]:
    """Say once for each runtime and batch what its rows share."""
    seen = set()
    for row in rows:
        if (key := (row.format, row.batch)) in seen:
            continue
        seen.add(key)
        threads = f"{row.threads} thread{'s' * (row.threads > 1)}"
        shared = f"{row.runtime}, batch {row.batch}, {row.imgsz} px, {row.precision}, {threads}, {row.device}"
        yield f"{shared}, clock {row.clock}: {_validity(row)}"


def _validity(row: Row) -> str:
    if row.invalid:
        return f"INVALID: {row.invalid}"
    if row.again is None:
        return "not measured"
    again = row.again
    return f"VALID: {row.baseline} against itself is {again.ratio:.3f} [{again.low:.3f}, {again.high:.3f}]"


def as_csv(bench: Bench) -> str:
    """Write a line for each row, unrounded."""
    names = [field.name for field in fields(Row)]
    head = [part for name in names for part in ((name, f"{name}_low", f"{name}_high") if name in RATIOS else (name,))]
    return csv_text(["verdict", *head], ([row.verdict, *_flat(row, names)] for row in bench.rows))


def _flat(row: Row, names: Sequence[str]) -> Iterator[object]:
    for name in names:
        value = getattr(row, name)
        yield from ((value or ("", "", "")) if name in RATIOS else ("" if value is None else value,))


def as_json(bench: Bench) -> str:
    """Write every row and every time; of places on this machine only names."""
    record = {
        "kind": KIND,
        "written": bench.written,
        "yolo_slice": yolo_slice.__version__,
        "settings": {key: _plain(value) for key, value in asdict(bench.settings).items() if key != "project"},
        "rows": [_named(row) for row in bench.rows],
        "layers": bench.layers,
        "is_cut_short": bench.is_cut_short,
    }
    times = [
        {"format": one.runtime.name, "batch": one.conditions.batch, "calls": one.calls, "rounds": one.rounds}
        for one in bench.groups
    ]
    told = json.dumps(record, indent=1, ensure_ascii=False, allow_nan=False)
    lines = ",\n".join(json.dumps(one, ensure_ascii=False, allow_nan=False) for one in times)  # a group a line
    return f'{told.removesuffix("}").rstrip()},\n "times": [\n{lines}\n ]\n}}\n'


def _named(row: Row) -> dict[str, Any]:
    """Write a row; `latency` is what a study's record has of it."""
    ratios = {key: value and value._asdict() for key in RATIOS for value in [getattr(row, key)]}
    how = f"{row.decides}, {row.runtime}, {row.precision}, {row.threads} thread(s), {row.device}, {row.imgsz} px"
    latency = {**row.ratio._asdict(), "how": f"{how}, batch {row.batch}"} if row.is_valid and row.ratio else None
    return {**asdict(row), **ratios, "verdict": row.verdict, "latency": latency}


def _plain(value: Any) -> Any:
    """Write a setting without the folders of this machine."""
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    is_place = isinstance(value, str) and PurePath(value).is_absolute()
    return PurePath(value).name if is_place else value


def save_bench(bench: Bench, folder: Path) -> None:
    """Write bench.md, .csv, .json and .png into a folder; nothing is written if one of them cannot be made."""
    files: dict[str, str | bytes] = {"bench.md": text(bench), "bench.csv": as_csv(bench), "bench.json": as_json(bench)}
    if drawn := picture(bench.rows):
        files["bench.png"] = drawn
    for name, content in files.items():
        write_whole(folder / name, content)
