"""An image in Ultralytics' layout: its label file and its line of a side file, found and put together."""

import os
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from yolo_slice.annotations.box import WH, Box, Corners
from yolo_slice.annotations.examine import true_wh
from yolo_slice.annotations.file_index import is_there
from yolo_slice.annotations.findings import Finding
from yolo_slice.annotations.record import Item, Reading, Record
from yolo_slice.annotations.sidecar import SideFiles, restore, side_file
from yolo_slice.annotations.yolo_labels import read_labels
from yolo_slice.errors import SliceError


def read_image(id: str, image: Path, names: tuple[str, ...] | None, sides: SideFiles) -> Reading:
    """Read one image's labels and what the side files add; no label file means a background, as for Ultralytics."""
    if not is_there(image):
        return Reading(None, (Finding("missing-image", image, "is listed and not there", action="left out"),))
    record, findings = read_plain(id, image, names)
    line = sides.find(image)
    if line is None and not any(item.segmentation for item in record.items):
        return Reading(record, tuple(findings))
    try:
        record = with_size(record, true_wh(image))
    except SliceError:
        return Reading(record, tuple(findings))  # examine will say so
    if line is not None and (fault := find_stale(record, line)):
        findings.append(Finding("stale-side-file", sides.file_of(image), fault, action="not used"))
        line = None
    return Reading(restore_labels(record, line) if line else record, tuple(findings))


def read_plain(id: str, image: Path, names: tuple[str, ...] | None) -> tuple[Record, list[Finding]]:
    """Read one image's labels alone."""
    label = label_of(image)
    if not is_there(label):
        finding = Finding("no-annotation", image, "no label file", action="taken for a background")
        return Record(image, id, image.suffix, image, None, ()), [finding]
    items, findings = read_labels(label, names)
    return Record(label, id, image.suffix, image, None, items), findings


def with_size(record: Record, wh: tuple[int, int]) -> Record:
    """Give a record its image's size, and polygons their corners in pixels."""
    return replace(record, wh=wh, items=tuple(_scale_polygon(item, wh) for item in record.items))


def open_side_files(images: Iterable[Path]) -> SideFiles:
    """Open the side files that a data set has for these images: annotations/<split>.jsonl of images/<split>/...

    Raises:
        SliceError: If a line is not what a side file has, with its number.
    """
    return SideFiles.open(*sorted(filter(None, map(_side_file_of, {image.parent for image in images}))))


def _side_file_of(folder: Path) -> Path | None:
    base = base_of(folder)
    parts = folder.relative_to(base).parts if base else ()
    return side_file(base, parts[1]) if base and len(parts) > 1 else None


def find_stale(record: Record, line: Mapping[str, Any]) -> str:
    """Say why a line cannot be about this image; "" if it can."""
    if (line["width"], line["height"]) == record.wh:
        return ""
    said, wh = f"{line['width']}x{line['height']}", f"{record.wh[0]}x{record.wh[1]}"
    return f"says {said} of {record.file_name}, but the image has {wh}"


def restore_labels(record: Record, line: Mapping[str, Any]) -> Record:
    """Add to the labels of an image what its line of a side file knows."""
    return restore(record, line, corners_in_file, has_aside=False)


def corners_in_file(box: Box, wh: WH) -> Corners:
    """Return the corners that a label row gives a box, in pixels."""
    return box.clip(wh).xyxy(wh)


def label_of(image: Path) -> Path:
    """Return an image's label file, by Ultralytics' rule: the last images/ in its path becomes labels/.

    Example:
        >>> label_of(Path("set/images/train/a.b.jpg")).as_posix()
        'set/labels/train/a.b.txt'
    """
    images, labels = f"{os.sep}images{os.sep}", f"{os.sep}labels{os.sep}"
    path = f"{os.sep}{image}"  # also where the path begins with images/
    return Path(labels.join(path.rsplit(images, 1))[1:]).with_suffix(".txt")


def base_of(place: Path) -> Path | None:
    """Return the folder that holds the images/ of a path; None if there is none in it."""
    return next((path.parent for path in (place, *place.parents) if path.name == "images"), None)


def _scale_polygon(item: Item, wh: WH) -> Item:
    if not item.segmentation:
        return item
    (w, h), values = wh, item.segmentation[0]
    pairs = zip(values[::2], values[1::2], strict=True)
    return replace(item, segmentation=[[side for x, y in pairs for side in (round(x * w, 6), round(y * h, 6))]])
