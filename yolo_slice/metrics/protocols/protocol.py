"""What a protocol measures, and what is the same for all of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from yolo_slice.metrics.report import text_table, value_text
from yolo_slice.metrics.settings import Protocol

# Detections of an image that a protocol counts at most; a validation must not give fewer.
DETECTIONS: dict[Protocol, int] = {"aitod": 1500, "visdrone": 500}


@dataclass(frozen=True, slots=True)
class ProtocolMetrics:
    """A protocol's numbers, 0 to 1; -1 where there is nothing to measure.

    Attributes:
        title: Name of the protocol, as people write it.
        values: Name -> value, of all classes together.
        per_class: The same for each class that has objects.
        notes: What has to be known to compare the numbers with others'.
    """

    title: str
    values: Mapping[str, float]
    per_class: Mapping[str, Mapping[str, float]]
    notes: tuple[str, ...] = ()


def protocol_table(measured: Mapping[str, ProtocolMetrics]) -> str:
    """Write a row for each model, the classes of a single one, and the notes."""
    first = next(iter(measured.values()))
    rows = [[name, *map(value_text, one.values.values())] for name, one in measured.items()]
    if len(measured) == 1 and len(first.per_class) > 1:
        rows += [[f"  {name}", *map(value_text, values.values())] for name, values in first.per_class.items()]
    notes = dict.fromkeys(note for one in measured.values() for note in one.notes)
    return "\n".join([text_table([first.title, *first.values], rows), *notes])


def protocol_record(metrics: ProtocolMetrics) -> dict[str, Any]:
    """Return the numbers as JSON can hold them."""
    per_class = {name: dict(values) for name, values in metrics.per_class.items()}
    return {"title": metrics.title, **metrics.values, "per_class": per_class, "notes": list(metrics.notes)}
