"""What a check has found, as text and as JSON; the page is made elsewhere."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from yolo_slice.annotations.findings import Finding, printable
from yolo_slice.annotations.kinds import KINDS
from yolo_slice.annotations.record import Record
from yolo_slice.atomic_file import write_whole
from yolo_slice.data.checking.example import Example
from yolo_slice.data.checking.sizes import Sizes
from yolo_slice.errors import one_line

SHOWN = 10  # findings of a kind in the text
BAR = 30  # characters of the longest bar


@dataclass(slots=True)
class SplitCount:
    """Numbers of one split.

    Attributes:
        uses: What the split is for.
        listed: Images that it should have.
        images: Usable images.
        backgrounds: Of these, images without an object.
        objects: Usable objects.
        set_aside: Of these, difficult and crowd ones.
    """

    uses: tuple[str, ...]
    listed: int
    images: int = 0
    backgrounds: int = 0
    objects: int = 0
    set_aside: int = 0

    def add(self, record: Record) -> None:
        """Count an image."""
        self.images += 1
        self.backgrounds += not record.items
        self.objects += len(record.items)
        self.set_aside += sum(item.is_set_aside for item in record.items)


@dataclass(frozen=True, slots=True)
class Report:
    """What is in a data set, and what is wrong with it.

    Attributes:
        source: The data set.
        format: Its format.
        about: How its splits were decided.
        splits: Numbers by split.
        objects: Numbers of objects by class and split.
        sizes: Object sizes.
        findings: Everything that is wrong; files are relative to the data set's folder.
        examples: Images to show on the page.
    """

    source: Path
    format: str
    about: tuple[str, ...]
    splits: Mapping[str, SplitCount]
    objects: Mapping[str, Mapping[str, int]]
    sizes: Sizes
    findings: tuple[Finding, ...]
    examples: tuple[Example, ...]

    @property
    def is_sound(self) -> bool:
        """Whether there is no error; warnings do not count."""
        return not any(finding.is_error for finding in self.findings)

    @property
    def verdict(self) -> str:
        """The numbers of errors and warnings."""
        errors = sum(finding.is_error for finding in self.findings)
        counts = ((errors, "error"), (len(self.findings) - errors, "warning"))
        return ", ".join(f"{count} {word}{'' if count == 1 else 's'}" for count, word in counts)

    def groups(self) -> dict[str, list[Finding]]:
        """Sort the findings by kind, errors first."""
        groups: dict[str, list[Finding]] = {kind: [] for kind in KINDS}
        for finding in self.findings:
            groups[finding.kind].append(finding)
        return {kind: group for kind, group in groups.items() if group}

    def classes(self) -> list[tuple[str, int]]:
        """Count the objects of each class, the most frequent first."""
        totals = ((name, sum(counts.values())) for name, counts in self.objects.items())
        return sorted(totals, key=lambda pair: (-pair[1], pair[0]))

    def lines(self) -> Iterator[str]:
        """Write the report for a terminal."""
        yield from map(one_line, self._lines())

    def _lines(self) -> Iterator[str]:
        yield f"{self.source} ({self.format}): {self.verdict}"
        yield from (f"  {line}" for line in self.about)
        for name, split in self.splits.items():
            yield (
                f"  {name}: {split.images} usable images of {split.listed} ({split.backgrounds} without objects), "
                f"{split.objects} objects ({split.set_aside} difficult or crowd)"
            )
        yield from self._size_lines()
        yield from self._class_lines()
        for kind, group in self.groups().items():
            yield from _group_lines(kind, group)

    def as_json(self) -> dict[str, Any]:
        """Give everything but the pictures as plain values."""
        return {
            "source": str(self.source),
            "format": self.format,
            "is_sound": self.is_sound,
            "splits": {
                name: {key: getattr(split, key) for key in SplitCount.__slots__} for name, split in self.splits.items()
            },
            "classes": {name: dict(self.objects[name]) for name, _ in self.classes()},
            "imgsz": self.sizes.imgsz,
            "sizes": [{"px": px, "original": a, "at_imgsz": b} for px, a, b in self.sizes.rows()],
            "counts": {kind: len(group) for kind, group in self.groups().items()},
            "findings": [_finding_json(finding) for group in self.groups().values() for finding in group],
        }

    def save_json(self, file: Path) -> None:
        """Write everything but the pictures as JSON."""
        file.parent.mkdir(parents=True, exist_ok=True)
        write_whole(file, printable(json.dumps(self.as_json(), ensure_ascii=False, indent=1)) + "\n")

    def _size_lines(self) -> Iterator[str]:
        yield f"  object sizes (side = square root of the area, px): as annotated | at imgsz={self.sizes.imgsz}"
        for size, original, scaled in self.sizes.rows():
            yield f"    {size:>6}: {original:7} | {scaled:7}"
        shares = (f"{name} {a:.1%} | {b:.1%}" for name, (a, b) in self.sizes.shares().items())
        yield f"    by COCO's limits (32, 96 px): {', '.join(shares)}"

    def _class_lines(self) -> Iterator[str]:
        classes = self.classes()
        longest = max((len(name) for name, _ in classes), default=0)
        yield f"  objects by class ({len(classes)})"
        for name, count in classes:
            yield f"    {name:<{longest}} {count:7} {'#' * max(1, round(BAR * count / classes[0][1]))}"


def _group_lines(kind: str, group: list[Finding]) -> Iterator[str]:
    facts = KINDS[kind]
    yield f"{facts.severity.upper()} {kind}: {facts.title}: {len(group)}"
    for finding in group[:SHOWN]:
        yield f"    {finding.place}: {' '.join(finding.message.split())}"
    if len(group) > SHOWN:
        yield f"    and {len(group) - SHOWN} more (all of them: json=FILE)"
    yield f"  to do: {facts.advice}"


def _finding_json(finding: Finding) -> dict[str, Any]:
    place = {"unit": finding.unit, "number": finding.box} if finding.box is not None else {}
    return {
        "kind": finding.kind,
        "severity": KINDS[finding.kind].severity,
        "file": finding.file.as_posix(),
        **place,
        "class": finding.name,
        "message": finding.message,
    }
