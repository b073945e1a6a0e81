"""What a study's records say: a result for each cell, or why there is none. Only study.yaml and records are read."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from yolo_slice.compare.paired import is_number
from yolo_slice.errors import SliceError

METRICS = ("AP", "AP50", "AP75", "AP_S", "AP_M", "AP_L")  # as COCO prints them


@dataclass(frozen=True, slots=True)
class Arm:
    """What one model starts from."""

    model: str
    convert: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Protocol:
    """A study.yaml."""

    study: str
    written: str
    arms: Mapping[str, Arm]
    baseline: str
    data: Mapping[str, str]
    seeds: tuple[int, ...]
    train: Mapping[str, Any]
    metric: str = "AP"
    epoch: str = "last"
    interval: float = 0.95
    correction: str = "holm"
    conclude: str = ""


def read_protocol(folder: Path) -> Protocol:
    """Read a study's study.yaml.

    Raises:
        SliceError: If the folder has none, or it cannot be read.
    """
    try:
        entries = yaml.safe_load((folder / "study.yaml").read_text(encoding="utf-8"))
        arms = {str(label): Arm(**entry) for label, entry in entries.pop("arms").items()}
        return Protocol(arms=arms, seeds=tuple(entries.pop("seeds")), **entries)
    except (OSError, yaml.YAMLError, AttributeError, KeyError, TypeError, ValueError) as fault:
        raise SliceError(f"{folder} is not a study ({' '.join(str(fault).split())})") from None


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
        data: Label of its data set.
        arm: Label of its arm.
        seed: Its seed.
        state: "finished"; "failed", which includes a record that cannot be used; or "missing" without a record.
        why: What is wrong; empty for a finished one.
        record: The record of a finished one; empty otherwise.
    """

    data: str
    arm: str
    seed: int
    state: str
    why: str
    record: Mapping[str, Any]

    def __str__(self) -> str:
        return f"{self.data}/{self.arm}/seed={self.seed}"


@dataclass(frozen=True, slots=True)
class Results:
    """A study so far.

    Attributes:
        protocol: What was to be done.
        cells: All that the protocol asks for, in its order.
        strays: Records in the folder that it does not ask for; they count nowhere.
    """

    protocol: Protocol
    cells: tuple[Outcome, ...]
    strays: tuple[str, ...]

    @property
    def main(self) -> Metric:
        """The metric on which verdicts are given."""
        return Metric(self.protocol.metric)

    def finished(self, data: str, arm: str | None = None) -> list[Outcome]:
        """List the finished cells of a data set, or of an arm on it."""
        of_data = [cell for cell in self.cells if cell.data == data and cell.state == "finished"]
        return [cell for cell in of_data if arm is None or cell.arm == arm]

    def values(self, data: str, arm: str, at: str, metric: Metric) -> dict[int, float]:
        """Return seed to value of the finished cells that have it; `at` is "last" or "best"."""
        found = {cell.seed: metric.of(cell.record[at]) for cell in self.finished(data, arm)}
        return {seed: value for seed, value in found.items() if value is not None}

    def classes(self, data: str) -> list[str]:
        """List the classes that any record of a data set names."""
        numbers = [cell.record[at] for cell in self.finished(data) for at in ("last", "best")]
        named = [found["classes"] for found in numbers if isinstance(found.get("classes"), dict)]
        return list(dict.fromkeys(name for classes in named for name in classes))


def read_results(folder: Path) -> Results:
    """Read a study's protocol and every record that is there.

    Raises:
        SliceError: If there is no protocol, or it cannot be read.
    """
    protocol = read_protocol(folder)
    _check(protocol, folder)
    wanted = [(data, arm, seed) for seed in protocol.seeds for data in protocol.data for arm in protocol.arms]
    cells = tuple(_read_cell(folder, protocol, *place) for place in wanted)
    known = {str(cell) for cell in cells}
    there = (file.parent.relative_to(folder).as_posix() for file in sorted(folder.glob("*/*/seed=*/record.json")))
    return Results(protocol, cells, tuple(place for place in there if place not in known))


def _check(protocol: Protocol, folder: Path) -> None:
    """Refuse a protocol, of which people write parts, that says nothing that can be concluded."""
    faults = {
        f"baseline {protocol.baseline!r} is none of the arms {', '.join(protocol.arms)}": (
            protocol.baseline not in protocol.arms
        ),
        f"epoch {protocol.epoch!r} is neither last nor best": protocol.epoch not in ("last", "best"),
        f"metric {protocol.metric!r} is none of {', '.join(METRICS)}": protocol.metric not in METRICS,
        f"interval {protocol.interval!r} is not between 0 and 1": (
            not is_number(protocol.interval) or not 0 < protocol.interval < 1
        ),
    }
    for fault, is_there in faults.items():
        if is_there:
            raise SliceError(f"{folder / 'study.yaml'}: {fault}")


def _read_cell(folder: Path, protocol: Protocol, data: str, arm: str, seed: int) -> Outcome:
    file = folder / data / arm / f"seed={seed}" / "record.json"
    if not file.is_file():
        return Outcome(data, arm, seed, "missing", "no record: not trained yet, or being trained", {})
    try:
        record = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        return Outcome(data, arm, seed, "failed", f"record.json cannot be read: {error}", {})
    if fault := next(_faults(record, protocol, (data, arm, seed)), None):
        return Outcome(data, arm, seed, "failed", fault, {})
    return Outcome(data, arm, seed, "finished", "", record)


def _faults(record: Any, protocol: Protocol, place: tuple[str, str, int]) -> Iterator[str]:
    """Say why a record does not count, the most telling reason first."""
    if not isinstance(record, dict):
        yield f"record.json holds a {type(record).__name__}, not a record"
        return
    if record.get("state") != "finished":
        yield str(record.get("error") or f"record.json says {record.get('state')!r}, and no error")
    if (found := tuple(record.get(key) for key in ("data", "arm", "seed"))) != place:
        yield f"record.json is of another cell: {'/'.join(map(str, found))}"
    for at in ("last", "best"):
        if not isinstance(numbers := record.get(at), dict):
            yield f"record.json has no numbers of the {at} epoch"
        elif Metric(protocol.metric).of(numbers) is None:
            yield f"{protocol.metric} of the {at} epoch is not a number: {numbers.get(protocol.metric)!r}"
