"""Reads the images of a VOC folder one by one."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from yolo_slice.annotations.box import WH, Box, Corners, voc_corners
from yolo_slice.annotations.record import Reading, Record
from yolo_slice.annotations.sidecar import SideFile, restore
from yolo_slice.annotations.voc_folder import VocFolder
from yolo_slice.annotations.voc_xml import read_annotation
from yolo_slice.errors import SliceError


def read_images(folder: VocFolder, ids: tuple[str, ...], list_name: str) -> Iterator[Reading]:
    """Read the annotations with these stems; the side file of a list adds what the XML cannot say."""
    side = SideFile.open(voc_side_file(folder.annotation_place, list_name))
    for stem in ids:
        yield read_image(folder, stem, side)


def read_image(folder: VocFolder, stem: str, side: SideFile) -> Reading:
    """Read one annotation and find its image."""
    file = folder.annotations[stem][0]
    annotation, findings = read_annotation(file)
    if annotation is None:
        return Reading(None, tuple(findings))
    image, fault = _find_image(folder, stem, annotation.filename)
    suffix = image.suffix if image else Path(annotation.filename).suffix or ".jpg"
    said, items, extra = annotation.wh, annotation.items, annotation.extra
    record = Record(file, stem, suffix, image, said, items, extra=extra, image_fault=fault)
    return Reading(_restore(record, side), tuple(findings))


def voc_side_file(annotation_place: Path, list_name: str) -> Path:
    """Return where the side file of a list is: among the annotations, whatever that folder is called."""
    return annotation_place / f"{list_name}.jsonl"


def corners_in_file(box: Box, wh: WH) -> Corners:
    """Return the corners that the XML gives a box, in pixels from the image's left upper corner."""
    xmin, ymin, xmax, ymax = voc_corners(box, wh)
    return xmin - 1, ymin - 1, xmax - 1, ymax - 1


def _find_image(folder: VocFolder, stem: str, filename: str) -> tuple[Path | None, str]:
    try:
        return folder.find_image(stem, filename), ""
    except SliceError as fault:
        return None, str(fault)


def _restore(record: Record, side: SideFile) -> Record:
    line = side.find(f"JPEGImages/{record.file_name}")
    if line is None or record.said_wh != (line["width"], line["height"]):
        return record
    wh = line["width"], line["height"]
    return replace(restore(replace(record, wh=wh), line, corners_in_file, has_aside=True), wh=(0, 0))
