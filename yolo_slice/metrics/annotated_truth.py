"""Ground truth from annotated images: a folder of VOC XML, COCO JSON, or anything else that gives readings."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any

from yolo_slice.annotations.box import WH
from yolo_slice.annotations.category import CATEGORIES, read_categories
from yolo_slice.annotations.coco_json import CocoFile, file_name, parse_coco
from yolo_slice.annotations.examine import usable_items
from yolo_slice.annotations.findings import Finding
from yolo_slice.annotations.record import Item, Reading, Record
from yolo_slice.annotations.sidecar import SideFiles
from yolo_slice.annotations.values import shown
from yolo_slice.annotations.voc_folder import VocFolder
from yolo_slice.annotations.voc_image import read_image, voc_side_file
from yolo_slice.annotations.voc_lists import Stems, find_list
from yolo_slice.errors import SliceError
from yolo_slice.integration import log
from yolo_slice.metrics.truth import Truth, TruthRow, build_truth, unambiguous

LISTS = ("train", "val", "test", "trainval")  # a conversion to VOC writes a side file for each of these
# Errors that an evaluation can do with: boxes that no detection can be about are left out, as in training; the size of
# an image is not needed to compare boxes in pixels; and categories of one name are one class, as for a conversion.
LEFT_OUT = {"degenerate-box", "outside-box"}
HARMLESS = {"size-mismatch", "repeated-name"}


def voc_truth(folder: VocFolder, split: str | None) -> Truth:
    """Read a folder of VOC XML; images are named by their annotation's file name without suffix.

    Args:
        folder: The folder; the side files of a conversion, among its annotations, add crowds, areas and COCO's ids.
        split: Read the images of ImageSets/Main/<split>.txt; None: every annotation.

    Raises:
        SliceError: For a file that is no VOC annotation, with file and object; for a listed image without annotation.
    """
    stems = [*folder.annotations] if split is None else _listed(folder, split)
    sides = SideFiles.open(*(voc_side_file(folder.annotation_place, name) for name in LISTS))
    records = usable_records(read_image(folder, stem, sides) for stem in stems)
    stored = read_categories(folder.annotation_place / CATEGORIES)[0] or ()
    found = sorted({item.name for record in records for item in record.items})
    classes = list(dict.fromkeys([*(category.name for category in stored), *found]))
    names = [(name, n) for n, record in enumerate(records) for name in (record.id, record.file_name)]
    ids = ((str(record.image_id), n) for n, record in enumerate(records) if record.image_id is not None)
    return collect_truth(
        stems,
        classes,
        records,
        aliases=unambiguous(names),
        image_ids=unambiguous(ids),
        category_ids=[{category.id: n for n, category in enumerate(stored) if category.id is not None}],
        source=str(folder.root) + (" and its side files" if sides.offsets else ""),
    )


def coco_truth(content: Mapping[str, Any], source: str) -> Truth:
    """Read the content of a COCO annotation file; boxes are not cut to their image, as pycocotools does not.

    Images are ordered by id, as pycocotools does: the order decides between equal scores.

    Args:
        content: `images`, `categories` and `annotations`. `area` may be missing: then the box's counts. VOC's
            difficult objects may be marked by `difficult` or `ignore`.
        source: Where it comes from, for messages.

    Raises:
        SliceError: For anything missing or wrong, an id given twice, or one that is not there.
    """
    coco = open_coco(content, Path(source))
    entries = sorted(coco.images, key=lambda entry: _sort_key(entry["id"]))
    records = usable_records(coco.read(entry) for entry in entries)
    classes = list(dict.fromkeys(category.name for category in coco.categories))
    ids = {str(entry["id"]): n for n, entry in enumerate(entries)}
    files = ((name, n) for n, entry in enumerate(entries) for name in _file_names(entry))
    return collect_truth(
        [*ids],
        classes,
        records,
        is_cut=False,
        aliases=unambiguous(files),
        image_ids=ids,
        has_own_ids=True,
        category_ids=[{id: classes.index(name) for id, name in coco.names.items()}],
        knows_difficult=knows_difficult(coco),
        source=source,
    )


def open_coco(content: Any, file: Path) -> CocoFile:
    """Parse COCO JSON; images need no file names, only ids.

    Raises:
        SliceError: If it is not COCO JSON, or an entry that belongs to no image is wrong.
    """
    coco = parse_coco(content, file, needs_names=False)
    refuse_errors(coco.findings)
    for finding in coco.findings:
        log.warn(str(finding))
    return coco


def knows_difficult(coco: CocoFile) -> bool:
    """Tell whether a file says of any object whether it is difficult."""
    return any("difficult" in e or "ignore" in e for entries in coco.annotations.values() for _, e in entries)


def usable_records(readings: Iterable[Reading]) -> list[Record]:
    """Stop at the first error.

    Raises:
        SliceError: For a finding that is an error, see `refuse_errors`.
    """
    records = []
    for reading in readings:
        refuse_errors(reading.findings)
        records += [reading.record] if reading.record else []
    return records


def refuse_errors(findings: Iterable[Finding]) -> None:
    """Stop at a finding that is an error: what is measured on a part of the annotations means something else.

    Warnings (a box that reaches beyond its image, an object that is there twice, an image without annotation) stop
    nothing; neither do errors that leave it clear what to measure, see LEFT_OUT and HARMLESS.

    Raises:
        SliceError: With the finding.
    """
    for finding in findings:
        if finding.is_error and finding.kind not in LEFT_OUT | HARMLESS:
            raise SliceError(str(replace(finding, action="")))


def collect_truth(
    images: Sequence[str], classes: Sequence[str], records: Sequence[Record], is_cut: bool = True, **facts: Any
) -> Truth:
    """Make ground truth of annotated images.

    Args:
        images: Name of each image.
        classes: Class names.
        records: What is on each image; boxes without area and outside their image are left out, with a warning.
        is_cut: Whether boxes are cut to their image, as training labels are.
        **facts: Further attributes of Truth.
    """
    labels = {name: n for n, name in enumerate(classes)}
    sizes = [_wh(record) for record in records]
    rows, left_out = [], []
    for n, (record, wh) in enumerate(zip(records, sizes, strict=True)):
        items, findings = usable_items(record, wh)
        left_out += [finding for finding in findings if finding.kind in LEFT_OUT]
        rows += [_row(n, labels[item.name], item, wh, is_cut) for item in items]
    if left_out:
        log.warn(f"{len(left_out)} object(s) are not evaluated, as they are not trained on; the first: {left_out[0]}")
    known = [wh if math.isfinite(wh[0]) else (math.nan, math.nan) for wh in sizes]
    files = tuple(record.image for record in records)
    return build_truth(images, classes, rows, known, **{"files": files, **facts})


def _row(image: int, label: int, item: Item, wh: WH, is_cut: bool) -> TruthRow:
    box = item.box.clip(wh) if is_cut else item.box
    return TruthRow(image, label, box.as_coco(wh), item.area, item.is_crowd, item.is_difficult)


def _wh(record: Record) -> WH:
    wh = record.wh if record.wh != (0, 0) else record.said_wh
    return wh if wh and min(wh) > 0 else (math.inf, math.inf)


def _listed(folder: VocFolder, split: str) -> list[str]:
    found, stems = find_list(folder.root, split), Stems(folder.annotations)
    listed = {entry: stems.find(entry) for entry in found.entries}
    missing = next((entry for entry, stem in listed.items() if stem is None), None)
    if missing is not None:
        raise SliceError(f"{found.name} lists {shown(missing)}, which has no annotation in {folder.annotation_place}")
    return [*dict.fromkeys(stem for stem in listed.values() if stem is not None)]


def _file_names(entry: Mapping[str, Any]) -> set[str]:
    """Name an image by its file, with or without folder and suffix."""
    path = PurePosixPath(file_name(entry))
    return {str(path), path.name, path.stem} if path.name else set()


def _sort_key(id_: int | str) -> tuple[bool, int, str]:
    return isinstance(id_, str), 0 if isinstance(id_, str) else id_, str(id_)
