"""What reading a data set as a whole brings to light: the same for a conversion and for a check."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from yolo_slice.annotations.examine import examine
from yolo_slice.annotations.findings import Finding
from yolo_slice.annotations.record import Item, Reading, Record
from yolo_slice.annotations.result_names import ResultNames
from yolo_slice.data.class_faults import find_class_faults
from yolo_slice.data.counts import Counts
from yolo_slice.data.dataset import Dataset, Split
from yolo_slice.data.formats import FORMATS
from yolo_slice.data.left_out import find_left_out
from yolo_slice.integration import log

SAME_DECIMALS = 3  # boxes that agree to a thousandth of a pixel are the same


@dataclass(slots=True)
class Survey:
    """What is known so far.

    Attributes:
        dataset: The data set.
        classes: The only names that are right; None if all are.
        needs_image: Whether an annotation without its image is of no use.
        findings: What is wrong with annotations.
        counts: Numbers of usable images and objects by split.
        objects: Numbers of objects by class and split.
        first: Every image that has been read, and the split that it was first read for.
        files: Further files that have been read.
        names: What the images of a split are called in a result.
    """

    dataset: Dataset
    classes: Sequence[str] | None = None
    needs_image: bool = True
    findings: list[Finding] = field(default_factory=list)
    counts: dict[str, Counts] = field(default_factory=dict)
    objects: dict[str, dict[str, int]] = field(default_factory=dict)
    first: dict[Path, str] = field(default_factory=dict)
    files: set[Path] = field(default_factory=set)
    names: dict[str, ResultNames] = field(default_factory=dict)

    def read(self, split: Split, purpose: str) -> Iterator[Record]:
        """Read the usable images of a split one by one; the progress bar names the purpose."""
        self.counts[split.name] = Counts()
        for reading in log.progress(split.read(), f"{purpose} {split.name}", len(split)):
            record, _ = self.examine(split.name, reading)
            if record:
                self.counts[split.name].add(record)
                self.count(split.name, record)
                yield record

    def examine(self, split: str, reading: Reading) -> tuple[Record | None, list[Finding]]:
        """Take in what was read of an image; return what can be used of it, and what is wrong."""
        record, findings = examine(reading, self.classes, self.needs_image)
        findings += [*find_doubles(record), *self._find_namesake(split, record)] if record else []
        self.files |= {*reading.files, *([reading.record.file] if reading.record else [])}
        if reading.record and (image := reading.record.image):
            first_split = self.first.setdefault(image, split)
            findings += [self.tell_copy(split, image, first_split, "is also in")] if first_split != split else []
        self.findings += findings
        return record, findings

    def _find_namesake(self, split: str, record: Record) -> list[Finding]:
        """Report an image that another one would replace where letter case does not count, or a file has its folder."""
        id = self.names.setdefault(split, ResultNames()).choose(record.id, record.suffix)
        if id == record.id:
            return []
        message = f"on some systems {record.file_name} is another image or a folder"
        return [Finding("duplicate-id", record.file, message, action=f"called {id}{record.suffix}")]

    def count(self, split: str, record: Record) -> None:
        """Count the objects of an image by their class."""
        for item in record.items:
            by_split = self.objects.setdefault(item.name, {})
            by_split[split] = by_split.get(split, 0) + 1

    def conclude(self) -> tuple[Finding, ...]:
        """Return everything that is wrong, when all has been read; files are relative to the data set's folder."""
        dataset = self.dataset
        named = (finding.file for finding in (*dataset.findings, *self.findings))
        grounds = (dataset.root,) if dataset.grounds is None else dataset.grounds
        left_out = find_left_out(grounds, FORMATS[dataset.format], (*dataset.files, *self.files, *self.first, *named))
        class_faults = find_class_faults(dataset, self.objects, Path(dataset.root.name), self.classes)
        findings = (*dataset.findings, *left_out, *self.findings, *class_faults)
        below = {file: _below(file, dataset.folder) for file in {finding.file for finding in findings}}
        return tuple(dict.fromkeys(replace(finding, file=below[finding.file]) for finding in findings))

    def tell_copy(self, split: str, image: Path, first_split: str, message: str) -> Finding:
        """Report an image that another split has, too: it is leakage unless both are for the same use."""
        uses = {*self.dataset.uses_of(split)} & {*self.dataset.uses_of(first_split)}
        kind, text = "duplicate-image" if uses else "leakage", f"of {split}, {message} {first_split}"
        return Finding(kind, image, text, action="kept in both")


def _below(file: Path, root: Path) -> Path:
    return file.relative_to(root) if file.is_relative_to(root) else file


def find_doubles(record: Record) -> list[Finding]:
    """Report objects with the class and the box of one before them."""
    seen: dict[tuple[object, ...], Item] = {}
    findings = []
    for item in record.items:
        x1, y1, x2, y2 = item.box.xyxy(record.wh)
        corners = round(x1, SAME_DECIMALS), round(y1, SAME_DECIMALS), round(x2, SAME_DECIMALS), round(y2, SAME_DECIMALS)
        first = seen.setdefault((item.name, item.is_crowd, corners), item)
        if first is not item:
            message = f"same class and box as {first.unit} {first.number}"
            findings.append(Finding("duplicate-box", record.file, message, item.number, item.name, item.unit))
    return findings
