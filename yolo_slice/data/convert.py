"""Converts a data set from one format to another; the source is only read."""

import collections
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from yolo_slice.annotations.findings import Finding, counted
from yolo_slice.annotations.record import Record
from yolo_slice.data.class_map import ClassMap, choose_class_map, find_parents, refuse_unusable
from yolo_slice.data.counts import Counts, read_records
from yolo_slice.data.dataset import USES, Dataset
from yolo_slice.data.image_transfer import Images, Transfer
from yolo_slice.data.source import find_writer, open_dataset
from yolo_slice.data.survey import Survey
from yolo_slice.data.work_folder import work_folder
from yolo_slice.data.write_plan import WritePlan
from yolo_slice.errors import SliceError
from yolo_slice.integration import log


@dataclass(frozen=True, slots=True)
class Conversion:
    """What came of a conversion; counts are per split.

    Attributes:
        folder: What was written; None if `strict` forbade it: then the counts say what would have been.
        format: The new format.
        source: The old one.
        images: Usable images.
        boxes: Usable objects that are neither difficult nor crowd.
        difficult: Objects that are: YOLO labels leave them out, the side file has them.
        findings: Everything that is wrong with the source; files are relative to its root.
        classes: Class names in the order of their ids, each with its COCO category id.
        uses: What the images are for: train, val, test.
        ways: Number of images by the way they were placed: copied, hard-linked, symbolically linked.
    """

    folder: Path | None
    format: str
    source: str
    images: dict[str, int]
    boxes: dict[str, int]
    difficult: dict[str, int]
    findings: tuple[Finding, ...]
    classes: dict[str, int | None]
    uses: tuple[str, ...]
    ways: dict[str, int]

    @property
    def data_yaml(self) -> Path | None:
        """The data YAML, if that is what was written."""
        return self.folder / "data.yaml" if self.folder and self.format == "yolo" else None

    def describe(self) -> Iterator[str]:
        """Say what was written, line by line."""
        aside = "kept aside" if self.format == "yolo" else "difficult or crowd"
        for split, count in self.images.items():
            objects = f"{counted(self.boxes[split], 'object')}, and {self.difficult[split]} {aside}"
            yield f"{split}: {counted(count, 'image')}, {objects}"
        classes = (f"{index} {name} ({id})" for index, (name, id) in enumerate(self.classes.items()))
        yield f"classes (COCO category): {', '.join(classes)}"
        yield f"images: {', '.join(f'{count} {way}' for way, count in self.ways.items()) or 'none written'}"
        yield f"{counted(len(self.findings), 'finding')}. {self.source} -> {self.format}: {self.folder}"
        if self.data_yaml:
            yield self._tell_use(self.data_yaml)

    def _tell_use(self, data_yaml: Path) -> str:
        if "train" in self.uses:
            return f"Train with: yolo train model=yolov8n-slice.yaml data={data_yaml}"
        return f"Nothing to train on; measure with: yolo val model=MODEL.pt data={data_yaml} split={self.uses[0]}"


def convert_dataset(
    source: Path,
    out: Path | None = None,
    *,
    to: str,
    images: Images = "copy",
    strict: bool = False,
    names: Sequence[str] | None = None,
    format: str | None = None,
    keep_parents: bool = False,
) -> Conversion:
    """Convert a data set: annotations, images, class names and ids, and a side file for what the format cannot hold.

    Everything is read twice: once to find the class names and the faults, once to write. One image is held at a time;
    of the others only their names, and of a COCO JSON the parsed file. out appears when all is done.

    Args:
        source: VOC folder or devkit, COCO JSON or folder, data YAML or folder in Ultralytics' layout.
        out: New or empty folder outside source; None is `<source>-<to>` beside source.
        to: The format to write.
        images: "copy"; "link": hard links where possible, else symbolic ones, else copies; "none": then images need
            not be there where the annotations give their sizes.
        strict: Write nothing if there is an error, or if anything would be left out or changed.
        names: The classes to write, in this order; objects of others are left out and reported. None: those of source.
        format: The format of source; None tells it from the files.
        keep_parents: Keep categories that no object has and that are only the supercategory of others.

    Raises:
        SliceError: If source is no data set or has nothing usable, or out cannot be used.
    """
    open_writer = find_writer(to)
    source, out = _check_folders(Path(source), out, to)
    if names is not None:
        refuse_unusable(names)
    dataset = open_dataset(source, format, names)
    for line in dataset.lines:
        log.inform(line)
    needs_image = images != "none"
    survey = Survey(dataset, names, needs_image)
    for split in dataset.splits:
        collections.deque(survey.read(split, "read"), maxlen=0)
    class_map = choose_class_map(dataset, survey.objects, names, keep_parents)
    for line in _tell_classes(dataset, class_map, survey.objects, names):
        log.inform(line)
    transfer, findings = Transfer(images), survey.conclude()
    if strict and any(finding.is_error or finding.action for finding in findings):
        return _conclude(None, to, survey, class_map, transfer, findings)
    _refuse_empty(dataset, survey.counts, findings)
    with work_folder(next(p for p in out.parents if p.is_dir()), out.name) as work:
        uses = {use: tuple(split.name for split in splits) for use, splits in dataset.uses.items()}
        writer = open_writer(WritePlan(work, source, out, uses, class_map, transfer))
        for split in dataset.splits:
            records = read_records(split, "write", class_map.names, needs_image)
            writer.write_split(split.name, _unchanged(records, survey.counts[split.name], split.name))
        writer.finish()
        _move_into_place(work, out)
    return _conclude(out, to, survey, class_map, transfer, findings)


def _unchanged(records: Iterable[Record], before: Counts, split: str) -> Iterator[Record]:
    """Pass on what is written; refuse a source of which there is less, or more, than a moment ago."""
    now = Counts()
    for record in records:
        now.add(record)
        yield record
    if now != before:
        raise SliceError(
            f"the source has changed while it was read: {split} had {before.images} usable images with {before.boxes} "
            f"objects, and now has {now.images} with {now.boxes}; convert it again"
        )


def _tell_classes(
    dataset: Dataset, class_map: ClassMap, found: Collection[str], names: Sequence[str] | None
) -> Iterator[str]:
    """Say which classes were added, and what became of those that are only parents of others."""
    added = [] if names or dataset.categories else [name for name in class_map.names if name not in found]
    if added:
        yield f"{len(added)} classes that no object has are added, so that ids are the usual ones: {', '.join(added)}"
    for name, children in find_parents(dataset.categories or (), found).items():
        what = "kept" if name in class_map.names else "left out; keep_parents=True keeps it"
        yield f"category {name!r} has no object and is only the parent of {', '.join(children)}: {what}"


def convert_voc(root: Path, out: Path | None = None, strict: bool = False) -> Conversion:
    """Convert a VOC-style folder to Ultralytics' layout: `convert_dataset` with nothing left to decide."""
    return convert_dataset(root, out, to="yolo", strict=strict, format="voc")


def _check_folders(source: Path, out: Path | None, to: str) -> tuple[Path, Path]:
    """Resolve both; refuse a source that is not there, and a out that is in use or inside source."""
    source = source.resolve()
    if not source.exists():
        raise SliceError(f"{source} is not there")
    out = (
        source.parent / f"{source.stem if source.is_file() else source.name}-{to}"
        if out is None
        else Path(out).resolve()
    )
    if any(place.exists() and place.samefile(source) for place in (out, *out.parents)):
        raise SliceError(f"{out} lies inside {source}, which is only read; name a folder outside it")
    if out.exists() and not (out.is_dir() and next(out.iterdir(), None) is None):
        raise SliceError(f"{out} exists and is not an empty folder; remove it, or name another one to write to")
    return source, out


def _refuse_empty(dataset: Dataset, counts: Mapping[str, Counts], findings: Sequence[Finding]) -> None:
    first = f" ({counted(len(findings), 'finding')}, the first: {findings[0]})" if findings else ""
    for use in ("train", "val"):
        splits = dataset.uses.get(use, ())
        if splits and not any(counts[split.name].images for split in splits):
            raise SliceError(f"{dataset.root}: {use} has no usable image{first}")
    if not any(count.boxes + count.set_aside for count in counts.values()):
        raise SliceError(f"{dataset.root}: no image has a usable object{first}")


def _move_into_place(work: Path, out: Path) -> None:
    out.parent.mkdir(parents=True, exist_ok=True)
    if out.exists():
        out.rmdir()  # it is empty; Windows does not rename over a folder
    work.rename(out)


def _conclude(
    folder: Path | None,
    to: str,
    survey: Survey,
    class_map: ClassMap,
    transfer: Transfer,
    findings: tuple[Finding, ...],
) -> Conversion:
    counts = survey.counts
    return Conversion(
        folder,
        to,
        survey.dataset.format,
        {name: count.images for name, count in counts.items()},
        {name: count.boxes for name, count in counts.items()},
        {name: count.set_aside for name, count in counts.items()},
        findings,
        {category.name: category.id for category in class_map.categories},
        tuple(use for use in USES if survey.dataset.uses.get(use)),
        dict(transfer.ways),
    )
