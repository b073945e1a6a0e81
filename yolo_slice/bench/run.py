"""A whole benchmark: files are made, validated, loaded one by one, then timed side by side."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timezone
from functools import partial
from pathlib import Path
from typing import Any

import yaml

from yolo_slice.bench.announcements import processes, say
from yolo_slice.bench.artifact import Model, export, open_model, size_mb, validated_ap
from yolo_slice.bench.group import Group
from yolo_slice.bench.layers import LayerTime
from yolo_slice.bench.machine import processor
from yolo_slice.bench.row import Row, rows_of
from yolo_slice.bench.runtime import Conditions
from yolo_slice.bench.runtimes import runtime_named
from yolo_slice.bench.settings import BenchSettings
from yolo_slice.bench.workers import call_worker
from yolo_slice.errors import SliceError
from yolo_slice.integration.log import warn
from yolo_slice.short_names import short_names

FILES = "artifacts"


@dataclass(frozen=True, slots=True)
class Bench:
    """What was measured.

    Attributes:
        written: When, in ISO 8601.
        settings: What was asked for.
        rows: Of each group, every model.
        groups: With every single time.
        layers: Of each model its layers' names and milliseconds, if they were asked for.
        is_cut_short: Whether it was interrupted, after two processes of every group.
    """

    written: str
    settings: BenchSettings
    rows: tuple[Row, ...]
    groups: tuple[Group, ...]
    layers: dict[str, list[LayerTime]] | None = None
    is_cut_short: bool = False


def run_bench(settings: BenchSettings, folder: Path) -> Bench:
    """Measure; a model that cannot be measured in a runtime is a row that says why.

    After Ctrl-C what has been measured is enough if every group has had two processes.

    Args:
        settings: What to measure.
        folder: Of the benchmark; exported files are kept in it.

    Raises:
        SliceError: If a model cannot be opened.
        KeyboardInterrupt: If it came earlier.
    """
    labels = short_names(settings.model)
    models = [
        open_model(given, label, folder / FILES / f"{place}-{Path(given).stem}")  # a label may hold folders
        for place, (given, label) in enumerate(zip(settings.model, labels, strict=True), 1)
    ]
    groups = [
        Group(runtime_named(name), _conditions(settings, batch), models[0].label)
        for name in settings.format
        for batch in settings.batch
    ]
    aps: dict[Path, float] = {}
    for group in groups:
        for model in models:
            group.prepare(model.label, partial(_prepare, group, model, settings, aps))
    layers, is_cut_short = None, False
    try:
        _measure(groups, settings)
        layers = _measure_layers(models, settings) if settings.layers else None
    except KeyboardInterrupt:
        if not all(group.can_be_told for group in groups):
            raise
        is_cut_short = True
    device = processor() if settings.device == "cpu" else f"GPU {settings.device}"
    rows = [row for group in groups for row in rows_of(group, models, device)]
    now = datetime.now(timezone.utc).isoformat(timespec="seconds")
    return Bench(now, settings, tuple(rows), tuple(groups), layers, is_cut_short)


def _conditions(settings: BenchSettings, batch: int) -> Conditions:
    return Conditions(batch, settings.imgsz, settings.threads, settings.device, settings.half)


def _prepare(group: Group, model: Model, settings: BenchSettings, aps: dict[Path, float]) -> Path:
    """Make a model's file, and measure what needs no clock; an AP is measured once for a file that several share."""
    if group.runtime.export:
        say(f"exporting {model.label} to {group.title}")
    file = export(model, group.runtime, group.conditions, _export_words(settings))
    group.facts[model.label] = {"file_mb": size_mb(file)}
    if settings.data is not None:
        if file not in aps:
            say(f"validating {model.label} in {group.title}")
            aps[file] = validated_ap(file, model, group.runtime, settings.data, group.conditions)
        group.facts[model.label]["ap"] = aps[file]
    return file


def _export_words(settings: BenchSettings) -> dict[str, Any]:
    words: dict[str, Any] = {key: yaml.safe_load(word) for key, word in settings.export.items()}
    return {**words, "data": settings.data} if words and settings.data else words


def _measure(groups: Sequence[Group], settings: BenchSettings) -> None:
    """Visit every group with one process after the other, so that a slow hour of the machine hits all alike."""
    for group in groups:
        for label in [*group.files]:
            say(f"loading {label} in {group.title}")
            group.measure_memory(label)
    for seed, group in processes(groups, settings.processes, settings.rounds):
        group.measure_times(settings.rounds, seed)


def _measure_layers(models: Sequence[Model], settings: BenchSettings) -> dict[str, list[LayerTime]] | None:
    files = {model.label: str(model.weights.absolute()) for model in models}
    conditions = asdict(_conditions(settings, settings.batch[0]))
    say("timing layers in PyTorch")
    job = {"task": "layers", "files": files, "conditions": conditions, "rounds": settings.rounds}
    try:
        return {label: [LayerTime(*one) for one in found] for label, found in call_worker(job).items()}
    except SliceError as fault:  # what was measured before is worth keeping
        warn(f"layers=True: {fault}")
        return None
