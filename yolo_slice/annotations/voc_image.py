"""An image of a VOC folder: its XML, its image file and its line of a side file, found and put together."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from yolo_slice.annotations.box import WH, Box, Corners
from yolo_slice.annotations.record import Reading, Record
from yolo_slice.annotations.sidecar import SideFiles, restore
from yolo_slice.annotations.voc_folder import VocFolder
from yolo_slice.annotations.voc_xml import read_annotation, voc_corners
from yolo_slice.errors import SliceError


def read_images(folder: VocFolder, ids: tuple[str, ...], list_name: str) -> Iterator[Reading]:
    """Read the annotations with these stems; the side file of a list adds what the XML cannot say."""
    sides = SideFiles.open(voc_side_file(folder.annotation_place, list_name))
    for stem in ids:
        yield read_image(folder, stem, sides)


def read_image(folder: VocFolder, stem: str, sides: SideFiles) -> Reading:
    """Read one annotation and find its image."""
    file = folder.annotations[stem][0]
    annotation, findings = read_annotation(file)
    if annotation is None:
        return Reading(None, tuple(findings), folder.images.get(stem, ()))
    image, fault = _find_image(folder, stem, annotation.filename)
    suffix = image.suffix if image else Path(annotation.filename).suffix or ".jpg"
    said, items, extra = annotation.wh, annotation.items, annotation.extra
    record = Record(file, stem, suffix, image, said, items, extra=extra, image_fault=fault)
    files = () if image else folder.images.get(stem, ())  # more than one: the fault names them
    return Reading(_restore(record, folder, sides), tuple(findings), files)


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


def _restore(record: Record, folder: VocFolder, sides: SideFiles) -> Record:
    line = sides.find(folder.annotation_place.parent / "JPEGImages" / record.file_name)
    if line is None or record.said_wh != (line["width"], line["height"]):
        return record
    wh = line["width"], line["height"]
    return replace(restore(replace(record, wh=wh), line, corners_in_file, has_aside=True), wh=(0, 0))
