"""Converts a data set from one format to another; the source is only read."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from yolo_slice.annotations.findings import Finding
from yolo_slice.data.class_map import Legend, choose_legend, refuse_repeated
from yolo_slice.data.coco.writer import CocoWriter
from yolo_slice.data.counts import Tally, read_records
from yolo_slice.data.dataset import Dataset, Format, Split
from yolo_slice.data.image_transfer import Images, Transfer
from yolo_slice.data.opening import open_dataset
from yolo_slice.data.voc.writer import VocWriter
from yolo_slice.data.work_folder import work_folder
from yolo_slice.data.write_plan import Job, Writer
from yolo_slice.data.yolo.writer import YoloWriter
from yolo_slice.errors import SliceError
from yolo_slice.integration import log

WRITERS: Mapping[Format, Callable[[Job], Writer]] = {"yolo": YoloWriter, "voc": VocWriter, "coco": CocoWriter}


@dataclass(frozen=True, slots=True)
class Conversion:
    """What came of a conversion; counts are per split.

    Attributes:
        folder: What was written; None if `strict` and there are findings: then nothing was, and the counts say what
            would have been.
        format: The new format.
        source: The old one.
        images: Usable images.
        boxes: Usable objects that are neither difficult nor crowd.
        difficult: Objects that are: YOLO labels leave them out, the side file has them.
        findings: Everything that is wrong with the source; files are relative to its root.
        classes: Class names in the order of their ids, each with its COCO category id.
        ways: Number of images by the way they were placed: copied, hard-linked, symbolically linked.
    """

    folder: Path | None
    format: Format
    source: Format
    images: dict[str, int]
    boxes: dict[str, int]
    difficult: dict[str, int]
    findings: tuple[Finding, ...]
    classes: dict[str, int | None]
    ways: dict[str, int]

    @property
    def data_yaml(self) -> Path | None:
        """The data YAML, if that is what was written."""
        return self.folder / "data.yaml" if self.folder and self.format == "yolo" else None

    def describe(self) -> Iterator[str]:
        """Say what was written, line by line."""
        aside = "kept aside" if self.format == "yolo" else "difficult or crowd"
        for split, count in self.images.items():
            yield f"{split}: {count} images, {self.boxes[split]} objects, and {self.difficult[split]} {aside}"
        classes = (f"{index} {name} ({id})" for index, (name, id) in enumerate(self.classes.items()))
        yield f"classes (COCO category): {', '.join(classes)}"
        yield f"images: {', '.join(f'{count} {way}' for way, count in self.ways.items()) or 'none written'}"
        yield f"{len(self.findings)} findings. {self.source} -> {self.format}: {self.folder}"
        if self.data_yaml:
            yield f"Train with: yolo train model=yolov8n-slice.yaml data={self.data_yaml}"


def convert(
    src: Path,
    dst: Path | None = None,
    *,
    to: Format,
    images: Images = "copy",
    strict: bool = False,
    names: Sequence[str] | None = None,
    format: Format | None = None,
) -> Conversion:
    """Convert a data set: annotations, images, class names and ids, and a side file for what the format cannot hold.

    Everything is read twice: once to find the class names and the faults, once to write. One image is held at a time;
    of the others only their names, and of a COCO JSON the parsed file. dst appears when all is done.

    Args:
        src: VOC folder or devkit, COCO JSON or folder, data YAML or folder in the host's layout.
        dst: New or empty folder outside src; None is `<src>-<to>` beside src.
        to: The format to write.
        images: "copy"; "link": hard links where possible, else symbolic ones, else copies; "none": then images need
            not be there where the annotations give their sizes.
        strict: Write nothing if there is anything to report.
        names: The classes to write, in this order; objects of others are left out and reported. None: those of src.
        format: The format of src; None tells it from the files.

    Raises:
        SliceError: If src is no data set or has nothing usable, or dst cannot be used.
    """
    src, dst = _check_folders(Path(src), dst, to)
    if names is not None:
        refuse_repeated(names, "names")
    dataset = open_dataset(src, format, names)
    for line in dataset.lines:
        log.inform(line)
    needs_image = images != "none"
    tallies = {split.name: _survey(split, names, needs_image) for split in dataset.splits}
    legend = choose_legend(dataset, {name for tally in tallies.values() for name in tally.names}, names)
    transfer = Transfer(images)
    if strict and _collect(dataset, tallies):
        return _conclude(None, to, dataset, tallies, legend, transfer)
    _refuse_empty(dataset, tallies)
    with work_folder(next(p for p in dst.parents if p.is_dir()), dst.name) as work:
        roles = {role: tuple(split.name for split in splits) for role, splits in dataset.roles.items()}
        writer = WRITERS[to](Job(work, src, dst, roles, legend, transfer))
        for split in dataset.splits:
            writer.write_split(split.name, read_records(split, Tally(), "write", legend.names, needs_image))
        writer.finish()
        _move_into_place(work, dst)
    return _conclude(dst, to, dataset, tallies, legend, transfer)


def convert_voc(root: Path, dst: Path | None = None, strict: bool = False) -> Conversion:
    """Convert a VOC-style folder to the host's layout: `convert` with nothing left to decide."""
    return convert(root, dst, to="yolo", strict=strict, format="voc")


def _check_folders(src: Path, dst: Path | None, to: Format) -> tuple[Path, Path]:
    """Resolve both; refuse a src that is not there, and a dst that is in use or inside src."""
    src = src.resolve()
    if not src.exists():
        raise SliceError(f"{src} is not there")
    dst = src.parent / f"{src.stem if src.is_file() else src.name}-{to}" if dst is None else Path(dst).resolve()
    if any(place.exists() and place.samefile(src) for place in (dst, *dst.parents)):
        raise SliceError(f"{dst} lies inside {src}, which is only read; name a folder outside it")
    if dst.exists() and not (dst.is_dir() and next(dst.iterdir(), None) is None):
        raise SliceError(f"{dst} exists and is not an empty folder; remove it, or name another one to write to")
    return src, dst


def _survey(split: Split, classes: Sequence[str] | None, needs_image: bool) -> Tally:
    tally = Tally()
    for _ in read_records(split, tally, "read", classes, needs_image):
        pass
    return tally


def _refuse_empty(dataset: Dataset, tallies: Mapping[str, Tally]) -> None:
    findings = _collect(dataset, tallies)
    first = f" ({len(findings)} faults, the first: {findings[0]})" if findings else ""
    for role in ("train", "val"):
        splits = dataset.roles.get(role, ())
        if splits and not any(tallies[split.name].images for split in splits):
            raise SliceError(f"{dataset.root}: {role} has no usable image{first}")
    if not any(tally.names for tally in tallies.values()):
        raise SliceError(f"{dataset.root}: no image has a usable object{first}")


def _move_into_place(work: Path, dst: Path) -> None:
    dst.parent.mkdir(parents=True, exist_ok=True)
    if dst.exists():
        dst.rmdir()  # it is empty; Windows does not rename over a folder
    work.rename(dst)


def _collect(dataset: Dataset, tallies: Mapping[str, Tally]) -> tuple[Finding, ...]:
    findings = (*dataset.findings, *(finding for tally in tallies.values() for finding in tally.findings))
    folder = dataset.folder
    return tuple(dict.fromkeys(finding.below(folder) for finding in findings))  # an image may be in two splits


def _conclude(
    folder: Path | None,
    to: Format,
    dataset: Dataset,
    tallies: Mapping[str, Tally],
    legend: Legend,
    transfer: Transfer,
) -> Conversion:
    return Conversion(
        folder,
        to,
        dataset.format,
        {name: tally.images for name, tally in tallies.items()},
        {name: tally.boxes for name, tally in tallies.items()},
        {name: tally.set_aside for name, tally in tallies.items()},
        _collect(dataset, tallies),
        {category.name: category.id for category in legend.categories},
        dict(transfer.ways),
    )
