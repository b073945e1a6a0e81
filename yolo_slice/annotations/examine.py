"""An annotation against the image that it is about: the true size, and which boxes are usable."""

from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

from yolo_slice.annotations.box import WH
from yolo_slice.annotations.findings import Finding
from yolo_slice.annotations.record import Item, Reading, Record
from yolo_slice.annotations.result_names import find_name_fault
from yolo_slice.annotations.values import shown
from yolo_slice.errors import SliceError
from yolo_slice.integration.data.images import read_image_wh

LEFT_OUT = "left out"
WHAT = {
    "degenerate-box": ("degenerate box {box}", LEFT_OUT),
    "outside-box": ("box {box} lies outside the image of {w}x{h}", LEFT_OUT),
    "box-beyond-image": ("box {box} reaches beyond the image of {w}x{h}", "clipped"),
}


def examine(
    reading: Reading, classes: Collection[str] | None = None, needs_image: bool = True
) -> tuple[Record | None, list[Finding]]:
    """Keep what can be used of a reading, with the image's true size; None if nothing can be learnt from it.

    Args:
        reading: What a format's reader gives.
        classes: The known class names; objects of others are left out. None if every name is welcome.
        needs_image: Whether a record without its image is of no use; else the size that the annotation gives serves.
    """
    record, findings = reading.record, [*reading.findings]
    if record is None:
        return None, findings
    if fault := find_name_fault(record.file_name):
        message = f"the name of image {shown(record.file_name)} {fault}"
        return None, [*findings, Finding("bad-name", record.file, message, action="image left out")]
    try:
        wh = _find_wh(record, needs_image)
    except SliceError as fault:
        kind = "unreadable-image" if record.image else "missing-image"
        file = record.image or record.file
        return None, [*findings, Finding(kind, file, str(fault), action="image left out")]
    items, faults = usable_items(record, wh, classes)
    findings += [*_compare_sizes(record, wh), *faults]
    return replace(record, wh=wh, items=items), sorted(findings, key=lambda finding: finding.box or 0)


def usable_items(
    record: Record, wh: WH, classes: Collection[str] | None = None
) -> tuple[tuple[Item, ...], list[Finding]]:
    """Leave out the objects that cannot be used: boxes without area or outside the image, and unknown classes.

    Args:
        record: An image with its objects.
        wh: The image's width and height; infinite where they are not known.
        classes: The known class names; None if every name is welcome.
    """
    items, findings = [], []
    for item in record.items:
        finding = _find_fault(record.file, item, wh, classes)
        findings += [finding] if finding else []
        items += [item] if finding is None or finding.action != LEFT_OUT else []
    return tuple(items), findings


def true_wh(image: Path) -> tuple[int, int]:
    """Read an image's size as Ultralytics sees it.

    Raises:
        SliceError: If the file is no image.
    """
    try:
        return read_image_wh(image)
    except Exception as fault:  # Pillow raises OSError, ValueError, SyntaxError, struct.error ... on broken files
        why = str(fault).removeprefix(f"{image} ")
        raise SliceError(f"{image.name} cannot be read as an image ({why})") from fault


def _find_wh(record: Record, needs_image: bool) -> tuple[int, int]:
    if record.image is not None:
        return record.wh if record.wh != (0, 0) else true_wh(record.image)
    if needs_image:
        raise SliceError(record.image_fault or f"no image {record.file_name}")
    if record.said_wh is None or min(record.said_wh) < 1:
        raise SliceError(f"neither an image {record.file_name} nor its size is there")
    return round(record.said_wh[0]), round(record.said_wh[1])


def _compare_sizes(record: Record, wh: tuple[int, int]) -> list[Finding]:
    if record.said_wh is None or record.said_wh == wh:
        return []
    said = f"the size {record.said_wh[0]:g}x{record.said_wh[1]:g}"
    message = f"gives {said} for {record.file_name}, but the image has {wh[0]}x{wh[1]}"
    return [Finding("size-mismatch", record.file, message, action="the image's size is used")]


def _find_fault(file: Path, item: Item, wh: WH, classes: Collection[str] | None) -> Finding | None:
    if classes is not None and item.name not in classes:
        message = f"class {item.name!r} is not among the data set's {len(classes)} names"
        return Finding("unknown-class", file, message, item.number, item.name, item.unit, LEFT_OUT)
    kind = item.box.find_fault(wh)
    if not kind:
        return None
    message, action = WHAT[kind]
    text = message.format(box=item.box, w=wh[0], h=wh[1])
    return Finding(kind, file, text, item.number, item.name, item.unit, action)
