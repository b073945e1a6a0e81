"""Checks a data set: reads every annotation, decodes every image, compares all of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from yolo_slice.annotations.examine import examine
from yolo_slice.annotations.findings import Finding
from yolo_slice.annotations.record import Item, Reading, Record
from yolo_slice.data.checking.classes import find_class_faults
from yolo_slice.data.checking.example import Example
from yolo_slice.data.checking.picture import look_at
from yolo_slice.data.checking.report import Report, SplitCount
from yolo_slice.data.checking.sizes import Sizes
from yolo_slice.data.class_map import refuse_repeated
from yolo_slice.data.dataset import Dataset
from yolo_slice.data.source import open_dataset
from yolo_slice.errors import SliceError
from yolo_slice.integration import log

SAME_DECIMALS = 3  # boxes that agree to a thousandth of a pixel are the same
EXAMPLES = 4  # pictures of each kind of fault, and of each split


@dataclass(slots=True)
class Survey:
    """What is known so far; of the images only a digest each is held.

    Attributes:
        dataset: The data set.
        classes: The only names that are right; None if all are.
        sizes: Object sizes.
        findings: What is wrong.
        counts: Numbers of images and objects by split.
        objects: Numbers of objects by class and split.
        digests: Split and file of the first image with these pixels.
        seen: Every image that has an annotation.
        examples: Images to show.
    """

    dataset: Dataset
    classes: Sequence[str] | None
    sizes: Sizes
    findings: list[Finding] = field(default_factory=list)
    counts: dict[str, SplitCount] = field(default_factory=dict)
    objects: dict[str, dict[str, int]] = field(default_factory=dict)
    digests: dict[bytes, tuple[str, Path]] = field(default_factory=dict)
    seen: set[Path] = field(default_factory=set)
    examples: list[Example] = field(default_factory=list)

    def add(self, split: str, reading: Reading) -> None:
        """Take in one annotation."""
        record, findings = self._look(split, reading)
        self.findings += findings
        if record is not None:
            self.findings += (doubles := find_doubles(record))
            self._count(split, record)
            self._keep_examples(split, reading, record, [*findings, *doubles])

    def _look(self, split: str, reading: Reading) -> tuple[Record | None, list[Finding]]:
        image = reading.record.image if reading.record else None
        if image is None:
            return examine(reading, self.classes)
        self.seen.add(image)
        look = look_at(image)
        double = self._find_copy(split, image, look.digest)
        if not look.is_readable:
            return None, [*reading.findings, *look.findings, *double]
        record, findings = examine(reading, self.classes)
        return record, [*findings, *look.findings, *double]

    def _find_copy(self, split: str, image: Path, digest: bytes) -> list[Finding]:
        first_split, first = self.digests.setdefault(digest, (split, image))
        if (first_split, first) == (split, image):
            return []
        where = first.relative_to(self.dataset.folder) if first.is_relative_to(self.dataset.folder) else first
        message = f"of {split}, shows the same as {where.as_posix()} of {first_split}"
        uses = {*self.dataset.uses_of(split)} & {*self.dataset.uses_of(first_split)}
        return [Finding("duplicate-image" if uses else "leakage", image, message)]

    def _count(self, split: str, record: Record) -> None:
        self.counts[split].add(record)
        self.sizes.add(record)
        for item in record.items:
            by_split = self.objects.setdefault(item.name, {})
            by_split[split] = by_split.get(split, 0) + 1

    def _keep_examples(self, split: str, reading: Reading, record: Record, findings: Iterable[Finding]) -> None:
        """Keep the first images of each kind of fault, and the first of the split; objects left out are shown, too."""
        if reading.record is None or record.image is None:
            return
        kinds = {finding.kind: finding.box for finding in findings}
        for kind, number in {**kinds, split: None}.items():
            if sum(example.kind == kind for example in self.examples) < EXAMPLES:
                self.examples.append(Example(kind, record.image, record.wh, reading.record.items, number))


def check_dataset(
    data: Path, imgsz: int = 640, names: Sequence[str] | None = None, format: str | None = None
) -> Report:
    """Find everything that is wrong with a data set; nothing of it is written to.

    Args:
        data: VOC folder or devkit, COCO JSON or folder, data YAML or folder in Ultralytics' layout.
        imgsz: Size in pixels at which the model will be trained, for the sizes of objects.
        names: The only class names that are right; None: those of the data set.
        format: The format; None tells it from the files.

    Raises:
        SliceError: If data is no data set, or imgsz is not positive.
    """
    if imgsz < 1:
        raise SliceError(f"imgsz must be at least 1 px, not {imgsz}")
    if names is not None:
        refuse_repeated(names, "names")
    dataset = open_dataset(data, format, names)
    survey = Survey(dataset, names, Sizes(imgsz), [*_listed(dataset)])
    for split in dataset.splits:
        survey.counts[split.name] = SplitCount(dataset.uses_of(split.name), len(split))
        for reading in log.progress(split.read(), f"check {split.name}", len(split)):
            survey.add(split.name, reading)
    bare = (image for image in dataset.bare if image not in survey.seen)
    survey.findings += [Finding("no-annotation", image, "no annotation") for image in bare]
    survey.findings += find_class_faults(dataset, survey.objects, Path(dataset.root.name))
    findings = tuple(dict.fromkeys(finding.below(dataset.folder) for finding in survey.findings))
    return Report(
        dataset.root,
        dataset.format,
        dataset.lines,
        survey.counts,
        survey.objects,
        survey.sizes,
        findings,
        tuple(survey.examples),
    )


def find_doubles(record: Record) -> list[Finding]:
    """Report objects with the class and the box of one before them."""
    seen: dict[tuple[object, ...], Item] = {}
    findings = []
    for item in record.items:
        corners = (round(number, SAME_DECIMALS) for number in item.box.xyxy(record.wh))
        first = seen.setdefault((item.name, item.is_crowd, *corners), item)
        if first is not item:
            message = f"same class and box as {first.unit} {first.number}"
            findings.append(Finding("duplicate-box", record.file, message, item.number, item.name, item.unit))
    return findings


def _listed(dataset: Dataset) -> Iterable[Finding]:
    """Give what is wrong with the lists; that images are in two of them is found by what they show."""
    return (finding for finding in dataset.findings if finding.kind != "shared-listing")
