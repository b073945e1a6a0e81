"""Checks a data set: reads every annotation, decodes every image, compares all of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from yolo_slice.annotations.findings import Finding
from yolo_slice.annotations.record import Reading, Record
from yolo_slice.data.checking.example import Example
from yolo_slice.data.checking.picture import look_at
from yolo_slice.data.checking.report import Report, SplitCount
from yolo_slice.data.checking.sizes import Sizes
from yolo_slice.data.class_map import refuse_unusable
from yolo_slice.data.source import open_dataset
from yolo_slice.data.survey import Survey
from yolo_slice.errors import SliceError
from yolo_slice.integration import log

EXAMPLES = 4  # pictures of each kind of fault, and of each split


@dataclass(slots=True)
class Check:
    """What is known so far; of the images only a digest each is held.

    Attributes:
        survey: What is wrong, and the numbers of objects.
        sizes: Object sizes.
        counts: Numbers of images and objects by split.
        digests: Split and file of the first image with these pixels.
        examples: Images to show.
    """

    survey: Survey
    sizes: Sizes
    counts: dict[str, SplitCount] = field(default_factory=dict)
    digests: dict[bytes, tuple[str, Path]] = field(default_factory=dict)
    examples: list[Example] = field(default_factory=list)

    def add(self, split: str, reading: Reading) -> None:
        """Take in one annotation and its image."""
        record, findings = self.survey.examine(split, reading)
        if reading.record and reading.record.image:
            look = look_at(reading.record.image)
            is_news = record is not None or look.is_readable
            seen = [*(look.findings if is_news else ()), *self._find_copy(split, reading.record.image, look.digest)]
            self.survey.findings += seen
            record, findings = record if look.is_readable else None, [*findings, *seen]
        if record is not None:
            self.survey.count(split, record)
            self.counts[split].add(record)
            self.sizes.add(record)
            self._keep_examples(split, reading, record, findings)

    def _find_copy(self, split: str, image: Path, digest: bytes) -> list[Finding]:
        first_split, first = self.digests.setdefault(digest, (split, image))
        if first == image:
            return []
        folder = self.survey.dataset.folder
        where = first.relative_to(folder) if first.is_relative_to(folder) else first
        return [self.survey.tell_copy(split, image, first_split, f"shows the same as {where.as_posix()} of")]

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
        refuse_unusable(names)
    dataset = open_dataset(data, format, names)
    check = Check(Survey(dataset, names), Sizes(imgsz))
    for split in dataset.splits:
        check.counts[split.name] = SplitCount(dataset.uses_of(split.name), len(split))
        for reading in log.progress(split.read(), f"check {split.name}", len(split)):
            check.add(split.name, reading)
    return Report(
        dataset.root,
        dataset.format,
        dataset.lines,
        check.counts,
        check.survey.objects,
        check.sizes,
        check.survey.conclude(),
        tuple(check.examples),
    )
