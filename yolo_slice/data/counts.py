"""Counts and findings of a pass over a split."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from yolo_slice.annotations.examine import examine
from yolo_slice.annotations.findings import Finding
from yolo_slice.annotations.record import Record
from yolo_slice.data.dataset import Split
from yolo_slice.integration import log


@dataclass(slots=True)
class Counts:
    """What a pass has met so far: images, objects for labels, objects set aside, faults, class names, image files."""

    images: int = 0
    boxes: int = 0
    set_aside: int = 0
    findings: list[Finding] = field(default_factory=list)
    names: set[str] = field(default_factory=set)
    seen: set[Path] = field(default_factory=set)

    def add(self, record: Record) -> None:
        """Count an image and its objects."""
        set_aside = sum(item.is_set_aside for item in record.items)
        self.images += 1
        self.boxes += len(record.items) - set_aside
        self.set_aside += set_aside
        self.names |= {item.name for item in record.items}


def read_records(
    split: Split, counts: Counts, purpose: str, classes: Collection[str] | None = None, needs_image: bool = True
) -> Iterator[Record]:
    """Read the usable images of a split one by one and count them; the progress bar names the purpose."""
    for reading in log.progress(split.read(), f"{purpose} {split.name}", len(split)):
        record, findings = examine(reading, classes, needs_image)
        counts.findings += findings
        counts.seen |= {reading.record.image} if reading.record and reading.record.image else set()
        if record:
            counts.add(record)
            yield record
