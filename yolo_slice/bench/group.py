"""Models that are measured side by side: one runtime, one batch size, all models, several processes."""

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from yolo_slice.bench.machine import clock_state
from yolo_slice.bench.runtime import Conditions, Runtime
from yolo_slice.bench.settings import AT_LEAST
from yolo_slice.bench.workers import call_worker
from yolo_slice.errors import SliceError

AGAIN = " again"  # after the label of the baseline: its second copy


@dataclass(slots=True)
class Group:
    """One of them, with what has been measured so far.

    Attributes:
        runtime: What runs the models.
        conditions: The same for all.
        baseline: Label of the first model.
        files: What is measured, by label.
        faults: Why a model is not, by label.
        facts: By label: precision, memory (MB), size (MB), AP.
        calls: In a sample, by process.
        rounds: By process.
        clocks: Clock of the device before and after each process.
    """

    runtime: Runtime
    conditions: Conditions
    baseline: str
    files: dict[str, Path] = field(default_factory=dict)
    faults: dict[str, str] = field(default_factory=dict)
    facts: dict[str, dict[str, Any]] = field(default_factory=dict)
    calls: list[int] = field(default_factory=list)
    rounds: list[list[dict[str, list[float]]]] = field(default_factory=list)
    clocks: list[str] = field(default_factory=list)

    @property
    def title(self) -> str:
        """Name it."""
        return f"{self.runtime.title}, batch {self.conditions.batch}"

    @property
    def can_be_told(self) -> bool:
        """Whether there is enough for a report: two processes, or nothing that could be timed."""
        return len(self.rounds) >= AT_LEAST["processes"] or self.baseline not in self.files

    def prepare(self, label: str, make: Callable[[], Path]) -> None:
        """Take a model's file; one that cannot be made, or has no baseline to be compared with, is left out."""
        if self.baseline in self.faults:
            self.fail(label, self._no_baseline)
            return
        try:
            self.files[label] = make()
        except SliceError as fault:
            self.fail(label, str(fault))

    def measure_memory(self, label: str) -> None:
        """Load a model alone, which also shows whether it runs at all; one that does not is left out."""
        if label not in self.files:
            return
        try:
            found = call_worker(self._job("memory", file=str(self.files[label].absolute())))
        except SliceError as fault:
            self.fail(label, str(fault))
        else:
            self.facts.setdefault(label, {}).update(found)

    def measure_times(self, rounds: int, seed: int) -> None:
        """Measure in one more process; if that fails, so has every model."""
        if self.baseline not in self.files:
            return
        files = {label: str(file.absolute()) for label, file in self.files.items()}
        files[self.baseline + AGAIN] = files[self.baseline]
        self.clocks.append(clock_state(self.conditions.device))
        try:
            found = call_worker(self._job("times", files=files, rounds=rounds, seed=seed))
        except SliceError as fault:
            for label in [*self.files]:
                self.fail(label, str(fault))
            return
        self.clocks.append(clock_state(self.conditions.device))
        self.calls.append(found["calls"])
        self.rounds.append(found["rounds"])

    def fail(self, label: str, why: str) -> None:
        """Leave a model out; without the baseline there is nothing to compare with."""
        self.files.pop(label, None)
        self.faults[label] = why
        if label == self.baseline:
            for other in [*self.files]:
                self.fail(other, self._no_baseline)

    @property
    def _no_baseline(self) -> str:
        return f"not measured, as the baseline {self.baseline} could not be"

    def seconds(self, label: str, which: int) -> list[list[float]]:
        """Return a model's seconds of each round by process: wall (0) or busy (1)."""
        return [[one[label][which] for one in rounds] for rounds in self.rounds]

    def samples(self) -> Iterator[list[float]]:
        """Yield everything that was measured, [wall, busy]."""
        for rounds in self.rounds:
            for one in rounds:
                yield from one.values()

    def _job(self, task: str, **what: Any) -> dict[str, Any]:
        return {"task": task, "format": self.runtime.name, "conditions": asdict(self.conditions), **what}
