"""A machine without models: a run costs the seconds that a file says, by a clock that only runs move."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from yolo_slice.bench.artifact import Model
from yolo_slice.bench.group import Group
from yolo_slice.bench.rounds import Sample, measure_rounds
from yolo_slice.bench.runtime import Conditions
from yolo_slice.bench.runtimes import RUNTIMES
from yolo_slice.errors import SliceError

MODELS = [
    Model("base", Path(), Path("base.pt"), "detect", 3_000_000, 8.0),
    Model("heavy", Path(), Path("heavy.pt"), "detect", 2_500_000, 7.0),
]


@dataclass(slots=True)
class FakeMachine:
    """Attributes: noise of each run (standard deviation, relative), and how much of the time a neighbour takes."""

    noise: float = 0.0
    neighbour: float = 0.0
    bias: float = 0.0
    now: float = 0.0

    def measure(self, run: Callable[[], object], calls: int) -> Sample:
        begun = self.now
        for _ in range(calls):
            run()
        busy = (self.now - begun) / calls
        return Sample(busy / (1 - self.neighbour), busy)

    def call(self, job: dict[str, Any]) -> dict[str, Any]:
        """Stand in for `call_worker`."""
        if job["task"] == "memory":
            return {"memory_mb": 10.0, "gpu_memory_mb": None, "precision": "fp32", **_cost(job["file"])[1]}
        rng = random.Random(job["seed"])
        runs = {label: self._run(label, _cost(file)[0], rng) for label, file in job["files"].items()}
        calls, rounds = measure_rounds(runs, self.measure, job["rounds"], 0.02, rng)
        return {"calls": calls, "rounds": [{label: list(sample) for label, sample in each.items()} for each in rounds]}

    def _run(self, label: str, seconds: float, rng: random.Random) -> Callable[[], None]:
        seconds *= 1 + self.bias * label.endswith(" again")

        def run() -> None:
            self.now += seconds * max(0.1, rng.gauss(1, self.noise))

        return run


def _cost(file: str) -> tuple[float, dict[str, Any]]:
    text = Path(file).read_text("utf-8")
    if text.startswith("broken"):
        raise SliceError(text)
    return float(text), {}


def fake_group(folder: Path, format: str = "onnx", threads: int = 1, **seconds: float | str) -> Group:
    """A group whose files say what they cost."""
    group = Group(RUNTIMES[format], Conditions(2, 64, threads), next(iter(seconds)))
    for label, cost in seconds.items():
        group.files[label] = folder / label
        group.files[label].write_text(str(cost), encoding="utf-8")
    return group


def measure(group: Group, processes: int = 4, rounds: int = 12) -> Group:
    for label in [*group.files]:
        group.measure_memory(label)
    for seed in range(processes):
        group.measure_times(rounds, seed)
    return group
