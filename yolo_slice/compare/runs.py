"""What a training left in its folder, read whether it is finished or not."""

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PureWindowsPath
from typing import Any

from yolo_slice.compare.results_csv import Curves, read_results_csv
from yolo_slice.compare.run_folders import EXPECTED
from yolo_slice.errors import SliceError
from yolo_slice.foreign_files import read_text
from yolo_slice.integration.data.bounded_yaml import load_yaml
from yolo_slice.integration.log import progress
from yolo_slice.integration.weights.checkpoint_facts import CheckpointFacts, read_checkpoint

METRICS = {
    "P": "metrics/precision(B)",
    "R": "metrics/recall(B)",
    "mAP50": "metrics/mAP50(B)",
    "mAP50-95": "metrics/mAP50-95(B)",
}


@dataclass(frozen=True, slots=True)
class Numbers:
    """Validation of one epoch.

    Attributes:
        epoch: From 1; None if no row of `results.csv` belongs to the numbers.
        values: Keys of METRICS to values, 0 to 1.
    """

    epoch: int | None
    values: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Run:
    """One training.

    Attributes:
        folder: Its folder, as the user named it.
        settings: Ultralytics' settings, as `args.yaml` has them.
        curves: Its `results.csv`.
        checkpoint: What best.pt (or last.pt) knows; None if there is none that can be read.
        best: Of best.pt; without it, of the last epoch with the highest mAP50-95.
        last: Of the last epoch that is there.
        ap_small: COCO's AP of small objects, of best.pt; None if it is not there.
        ap_area: What "small" was measured by, such as "box area"; empty without `ap_small`.
        is_unfinished: Whether it is still running or was interrupted.
        findings: What a reader of the numbers must know, a line each.
    """

    folder: Path
    settings: Mapping[str, Any]
    curves: Curves
    checkpoint: CheckpointFacts | None
    best: Numbers
    last: Numbers
    ap_small: float | None
    ap_area: str
    is_unfinished: bool
    findings: tuple[str, ...]

    @property
    def seed(self) -> Any:
        """The seed that it was started with."""
        return self.settings.get("seed")

    @property
    def is_resumed(self) -> bool:
        """Whether it was interrupted and resumed: Ultralytics then forgets what model file or weights it began with."""
        return bool(self.settings.get("resume"))

    @property
    def model(self) -> str | None:
        """The model file or weights that it was started with, as the user wrote it; None if Ultralytics forgot."""
        return None if self.is_resumed else str(self.settings.get("model"))

    @property
    def architecture(self) -> str:
        """Name of the model file of its network, as far as known; else of the folder."""
        if self.checkpoint:
            return self.checkpoint.architecture
        return PureWindowsPath(self.model).name if self.model else self.folder.name


def read_runs(folders: Iterable[Path]) -> tuple[list[Run], list[str]]:
    """Read runs with a progress bar.

    Returns:
        The runs, and for each folder that cannot be compared a line that says why.

    Raises:
        SliceError: If none can be compared.
    """
    runs: list[Run] = []
    faults: list[str] = []
    for folder in progress(list(folders), "reading runs"):
        try:
            runs.append(read_run(folder))
        except SliceError as fault:
            faults.append(str(fault))
    if not runs:
        raise SliceError("; ".join(faults) or f"no run is named; {EXPECTED}")
    return runs, faults


def read_run(folder: Path) -> Run:
    """Read one run.

    Raises:
        SliceError: If `args.yaml` or `results.csv` is missing or broken, or the run did not detect boxes.
    """
    settings = _read_arguments(folder)
    curves = _read_curves(folder)
    checkpoint, findings = _read_weights(folder)
    findings = [*curves.findings, *findings]
    last = _numbers(curves, len(curves.epochs) - 1)
    best = _best(curves, checkpoint, findings)
    is_unfinished = _check_length(folder, settings, curves, checkpoint, findings)
    ap_small, ap_area = _read_ap_small(folder, findings)
    return Run(folder, settings, curves, checkpoint, best, last, ap_small, ap_area, is_unfinished, tuple(findings))


def _read_arguments(folder: Path) -> dict[str, Any]:
    file = folder / "args.yaml"
    if not file.is_file():
        raise SliceError(f"{folder}: no args.yaml, so nothing says what was trained; {EXPECTED}")
    arguments = load_yaml(file)
    if not isinstance(arguments, dict) or "model" not in arguments:
        raise SliceError(f"{file}: no setting `model` in it, so it is not an args.yaml of `yolo train`")
    return arguments


def _read_curves(folder: Path) -> Curves:
    file = folder / "results.csv"
    if not file.is_file():
        raise SliceError(f"{folder}: no results.csv: no epoch has finished yet, or it was not a training")
    curves = read_results_csv(file)
    if missing := [column for column in METRICS.values() if column not in curves.columns]:
        raise SliceError(f"{file}: no column {missing[0]!r}: not a training that detects boxes")
    if not curves.epochs:
        raise SliceError(f"{file}: no whole line of numbers: no epoch has finished yet")
    return curves


def _read_weights(folder: Path) -> tuple[CheckpointFacts | None, list[str]]:
    files = [file for name in ("best.pt", "last.pt") if (file := folder / "weights" / name).is_file()]
    if not files:
        return None, ["no weights/best.pt: parameters, GFLOPs and what `auto` chose are unknown"]
    try:
        return read_checkpoint(files[0]), []
    except SliceError as error:
        return None, [f"{error}: parameters, GFLOPs and what `auto` chose are unknown"]


def _numbers(curves: Curves, row: int) -> Numbers:
    return Numbers(curves.epochs[row], {name: curves.columns[column][row] for name, column in METRICS.items()})


def _best(curves: Curves, checkpoint: CheckpointFacts | None, findings: list[str]) -> Numbers:
    """Take the numbers that best.pt holds, and find their epoch."""
    held = checkpoint.metrics if checkpoint else {}
    if not all(column in held for column in METRICS.values()):
        findings.append("best: no checkpoint tells, so the epoch of the highest mAP50-95 in results.csv is taken")
        return _numbers(curves, _fittest(curves))
    shared = [name for name in held if name in curves.columns and name.startswith("metrics/")]
    rows = [
        row
        for row in range(len(curves.epochs))
        if all(math.isclose(held[name], curves.columns[name][row], rel_tol=1e-5, abs_tol=1e-8) for name in shared)
    ]
    if not rows:
        findings.append("best: the numbers that best.pt holds are in no row of results.csv")
    epoch = curves.epochs[rows[-1]] if rows else None
    return Numbers(epoch, {name: held[column] for name, column in METRICS.items()})


def _fittest(curves: Curves) -> int:
    """Return the row of highest fitness, of equals the last, as Ultralytics does: mAP50-95 of boxes (and masks)."""
    scored = [column for name, column in curves.columns.items() if name.startswith("metrics/mAP50-95(")]
    fitness = [sum(0.0 if math.isnan(value) else value for value in row) for row in zip(*scored, strict=True)]
    return max(range(len(fitness)), key=lambda row: (fitness[row], row))


def _check_length(
    folder: Path,
    settings: Mapping[str, Any],
    curves: Curves,
    checkpoint: CheckpointFacts | None,
    findings: list[str],
) -> bool:
    """Return whether epochs are still to come; Ultralytics marks the checkpoints of a training that ended early."""
    done, asked = curves.epochs[-1], settings.get("epochs")
    if not isinstance(asked, int) or done >= asked:
        return False
    if checkpoint and checkpoint.is_finished:
        limits = f"patience={settings.get('patience')}, time={settings.get('time')}"
        findings.append(f"ended after {done} of {asked} epochs, as {limits} asked")
        return False
    resume = f"yolo train resume model={(folder / 'weights' / 'last.pt').as_posix()}"
    findings.append(f"unfinished, {done} of {asked} epochs: still running, or interrupted ({resume})")
    return True


def _read_ap_small(folder: Path, findings: list[str]) -> tuple[float | None, str]:
    file = folder / "coco_metrics.json"
    if not file.is_file():
        findings.append("AP_S: no coco_metrics.json in the run's folder")
        return None, ""
    try:
        record = json.loads(read_text(file))
        value, area = float(record["AP_S"]), str(record.get("area", "unknown area"))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        findings.append(f"AP_S: no such number in coco_metrics.json ({type(error).__name__}: {error})")
        return None, ""
    if value < 0:
        findings.append("AP_S: no small objects in the validation set")
        return None, ""
    return value, area
