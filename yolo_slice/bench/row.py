"""A row of the table: one model in one runtime, with everything that its numbers depend on."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from yolo_slice.bench.artifact import Model
from yolo_slice.bench.group import AGAIN, Group
from yolo_slice.bench.ratios import Ratio, median, p90, paired_ratio
from yolo_slice.bench.validity import invalid_because
from yolo_slice.blocks import separable
from yolo_slice.deploy import export_hook

WALL, BUSY = 0, 1


@dataclass(frozen=True, slots=True)
class Row:
    """What was measured of a model in a group; numbers are None where there is none.

    Attributes:
        model: Its label.
        baseline: The label of the model that ratios are to.
        format: What `format=` calls the runtime.
        runtime: Its title and version, and whether exports keep our blocks as they are.
        precision: As it ran.
        batch: Images at once.
        imgsz: Height and width, pixels.
        threads: CPU threads.
        device: The CPU's name, or the GPU's number.
        clock: How fast that ran, where it can be read.
        decides: Which ratio counts: "cpu time", "gpu time" or "wall time".
        ratio: That ratio to the baseline, with its 95 % interval.
        wall_ratio: The ratio of wall times.
        again: The baseline's second copy to the baseline, by the time that decides.
        invalid: Why no ratio of the group may be believed; empty if they may.
        error: Why the model was not measured; empty if it was.
        median_ms: Of one run of a batch, by the time that decides.
        p90_ms: Nine runs in ten do not take longer, by the time that decides.
        wall_ms: Median wall time.
        images_per_s: Batch over median wall time.
        memory_mb: What a fresh process grows by when it loads and runs the model, at its peak.
        gpu_memory_mb: Peak of the tensors on the GPU.
        kept_mb: What a training step keeps for its backward pass.
        file_mb: Size of the file or folder.
        parameters: Before fusing.
        gflops: At 640 x 640 pixels.
        ap: mAP50-95 of the same file.
    """

    model: str
    baseline: str
    format: str
    runtime: str
    precision: str
    batch: int
    imgsz: int
    threads: int
    device: str
    clock: str
    decides: str
    ratio: Ratio | None
    wall_ratio: Ratio | None
    again: Ratio | None
    invalid: str
    error: str
    median_ms: float | None
    p90_ms: float | None
    wall_ms: float | None
    images_per_s: float | None
    memory_mb: float | None
    gpu_memory_mb: float | None
    kept_mb: float | None
    file_mb: float | None
    parameters: int
    gflops: float | None
    ap: float | None

    @property
    def is_valid(self) -> bool:
        """Whether its ratio may be believed."""
        return not self.invalid and not self.error

    @property
    def verdict(self) -> str:
        """Say what may be concluded."""
        if self.error:
            return "FAILED"
        if self.invalid or self.ratio is None:
            return "INVALID"
        if self.model == self.baseline:
            return "baseline"
        if self.ratio.low > 1:
            return "slower"
        return "faster" if self.ratio.high < 1 else "not told apart"


def rows_of(group: Group, models: Sequence[Model], device: str) -> Iterator[Row]:
    """Make a row of each model.

    Args:
        group: What was measured.
        models: All models, in the order of the table.
        device: The device's name.
    """
    conditions = group.conditions
    decides, which = deciding(conditions.on_gpu, conditions.threads)
    is_measured = bool(group.rounds) and group.baseline not in group.faults
    again = _ratio(group, group.baseline + AGAIN, which) if is_measured else None
    samples = [*group.samples()]
    wall, busy = (sum(sample[i] for sample in samples) for i in (WALL, BUSY))
    invalid = "" if again is None else invalid_because(again, wall, busy, decides == "cpu time")
    for model in models:
        facts = group.facts.get(model.label, {})
        error = group.faults.get(model.label, "")
        measured: dict[str, Any] = _times(group, model.label, which) if group.rounds and not error else {}
        yield Row(
            model=model.label,
            baseline=group.baseline,
            format=group.runtime.name,
            runtime=f"{group.runtime.title} {group.runtime.version}{_form(group)}",
            precision=str(facts.get("precision", "unknown")),
            batch=conditions.batch,
            imgsz=conditions.imgsz,
            threads=conditions.threads,
            device=device,
            clock="; ".join(dict.fromkeys(group.clocks)) or "not read",
            decides=decides,
            again=again,
            invalid=invalid,
            error=error,
            parameters=model.parameters,
            gflops=model.gflops,
            **{key: measured.get(key) for key in TIMES},
            **{key: facts.get(key) for key in FACTS},
        )


TIMES = ("ratio", "wall_ratio", "median_ms", "p90_ms", "wall_ms", "images_per_s")
FACTS = ("memory_mb", "gpu_memory_mb", "kept_mb", "file_mb", "ap")


def deciding(on_gpu: bool, threads: int) -> tuple[str, int]:
    """Say which time decides: threads that wait for each other spend processor time, so several count by the wall."""
    if on_gpu:
        return "gpu time", BUSY
    return ("cpu time", BUSY) if threads == 1 else ("wall time", WALL)


def _form(group: Group) -> str:
    """Say it if our blocks were told how to be computed."""
    switch = (export_hook if group.runtime.export else separable).SWITCH
    told = os.environ.get(switch)
    return f" ({switch}={told})" if told else ""


def _times(group: Group, label: str, which: int) -> dict[str, Any]:
    seconds, wall = group.seconds(label, which), median(group.seconds(label, WALL))
    return {
        "ratio": _ratio(group, label, which),
        "wall_ratio": _ratio(group, label, WALL),
        "median_ms": 1000 * median(seconds),
        "p90_ms": 1000 * p90(seconds),
        "wall_ms": 1000 * wall,
        "images_per_s": group.conditions.batch / wall,
    }


def _ratio(group: Group, label: str, which: int) -> Ratio:
    return paired_ratio(group.seconds(label, which), group.seconds(group.baseline, which))
