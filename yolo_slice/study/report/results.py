"""What a study's records say: a result for each cell, or why there is none.

Only study.yaml, records and a bench.json beside them are read.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from yolo_slice.compare.paired import is_number
from yolo_slice.errors import SliceError
from yolo_slice.study.cell import RECORD, Cell, cells_of
from yolo_slice.study.protocol import FILE, Protocol, read_protocol
from yolo_slice.study.report.latency import read_latencies

METRICS = ("AP", "AP50", "AP75", "AP_S", "AP_M", "AP_L")  # as COCO prints them


class Metric(NamedTuple):
    """A number of a record: COCO's name, of one class or of all (`None`)."""

    name: str
    of_class: str | None = None

    def of(self, numbers: Mapping[str, Any]) -> float | None:
        """Look it up in a record's `last` or `best`; None where it is not there, or not a finite number."""
        if self.of_class is not None:
            classes = numbers.get("classes")
            found = classes.get(self.of_class) if isinstance(classes, dict) else None
            numbers = found if isinstance(found, dict) else {}
        value = numbers.get(self.name)
        return value if is_number(value) else None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one training of the protocol.

    Attributes:
        cell: The training.
        state: "finished"; "failed", which includes a record that cannot be used; or "missing" without a record.
        why: What is wrong; empty for a finished one.
        record: The record of a finished one; empty otherwise.
    """

    cell: Cell
    state: str
    why: str
    record: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Results:
    """A study so far.

    Attributes:
        protocol: What was to be done.
        outcomes: Of all trainings that the protocol asks for, in its order.
        strays: Records in the folder that it does not ask for; they count nowhere.
        latencies: By arm, where a benchmark lies in the folder.
    """

    protocol: Protocol
    outcomes: tuple[Outcome, ...]
    strays: tuple[str, ...]
    latencies: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @property
    def main(self) -> Metric:
        """The metric on which verdicts are given."""
        return Metric(self.protocol.metric)

    def finished(self, data: str, arm: str | None = None) -> list[Outcome]:
        """List the finished trainings of a data set, or of an arm on it."""
        of_data = [one for one in self.outcomes if one.cell.data == data and one.state == "finished"]
        return [one for one in of_data if arm is None or one.cell.arm == arm]

    def values(self, data: str, arm: str, at: str, metric: Metric) -> dict[int, float]:
        """Return seed to value of the finished trainings that have it; `at` is "last" or "best"."""
        found = {one.cell.seed: metric.of(one.record[at]) for one in self.finished(data, arm)}
        return {seed: value for seed, value in found.items() if value is not None}

    def classes(self, data: str) -> list[str]:
        """List the classes that any record of a data set names."""
        numbers = [one.record[at] for one in self.finished(data) for at in ("last", "best")]
        named = [found["classes"] for found in numbers if isinstance(found.get("classes"), dict)]
        return list(dict.fromkeys(name for classes in named for name in classes))


def read_results(folder: Path) -> Results:
    """Read a study's protocol and every record that is there.

    Raises:
        SliceError: If there is no protocol, or it or a benchmark cannot be read.
    """
    protocol = read_protocol(folder)
    _check(protocol, folder / FILE)
    cells = cells_of(folder, protocol)
    asked = {cell.title for cell in cells}
    there = (file.parent.relative_to(folder).as_posix() for file in sorted(folder.glob(f"*/*/seed=*/{RECORD}")))
    outcomes = tuple(_read_outcome(cell, protocol) for cell in cells)
    strays = tuple(title for title in there if title not in asked)
    return Results(protocol, outcomes, strays, read_latencies(folder, protocol.baseline))


def _check(protocol: Protocol, file: Path) -> None:
    """Refuse a protocol, of which people write parts, that says nothing that can be concluded."""
    faults = {
        f"baseline {protocol.baseline!r} is none of the arms {', '.join(protocol.arms)}": (
            protocol.baseline not in protocol.arms
        ),
        f"correction {protocol.correction!r} is not holm": protocol.correction != "holm",
        f"epoch {protocol.epoch!r} is neither last nor best": protocol.epoch not in ("last", "best"),
        f"metric {protocol.metric!r} is none of {', '.join(METRICS)}": protocol.metric not in METRICS,
        f"interval {protocol.interval!r} is not between 0 and 1": (
            not is_number(protocol.interval) or not 0 < protocol.interval < 1
        ),
    }
    for fault, is_there in faults.items():
        if is_there:
            raise SliceError(f"{file}: {fault}")


def _read_outcome(cell: Cell, protocol: Protocol) -> Outcome:
    try:
        record = cell.read_record()
    except (SliceError, OSError, RecursionError) as error:
        return Outcome(cell, "failed", f"{RECORD} cannot be read: {error}", {})
    if record is None:
        return Outcome(cell, "missing", "no record: not trained yet, or being trained", {})
    if fault := next(_faults(record, protocol, cell), None):
        return Outcome(cell, "failed", fault, {})
    return Outcome(cell, "finished", "", record)


def _faults(record: Any, protocol: Protocol, cell: Cell) -> Iterator[str]:
    """Say why a record does not count, the most telling reason first."""
    if not isinstance(record, dict):
        yield f"record.json holds a {type(record).__name__}, not a record"
        return
    if record.get("state") != "finished":
        yield str(record.get("error") or f"record.json says {record.get('state')!r}, and no error")
    if (found := tuple(record.get(key) for key in ("data", "arm", "seed"))) != (cell.data, cell.arm, cell.seed):
        yield f"record.json is of another cell: {'/'.join(map(str, found))}"
    for at in ("last", "best"):
        if not isinstance(numbers := record.get(at), dict):
            yield f"record.json has no numbers of the {at} epoch"
        elif Metric(protocol.metric).of(numbers) is None:
            yield f"{protocol.metric} of the {at} epoch is not a number: {numbers.get(protocol.metric)!r}"
