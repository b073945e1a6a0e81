"""One entry of a COCO JSON's `annotations` <-> an object in an image."""

from collections.abc import Mapping, Sequence
from typing import Any

from yolo_slice.annotations.box import DECIMALS, Box, read_box
from yolo_slice.annotations.record import Item, Record
from yolo_slice.annotations.values import is_id, read_number, shown
from yolo_slice.errors import SliceError

FLAGS = ("iscrowd", "ignore", "difficult", "truncated", "occluded")
KNOWN = {"id", "image_id", "category_id", "bbox", "area", "segmentation", "pose", *FLAGS}


def read_item(place: int, unit: str, name: str, entry: Mapping[str, Any]) -> Item:
    """Read an object.

    Args:
        place: Its id, or its number in the file.
        unit: Which of the two.
        name: Class name.
        entry: The entry.

    Raises:
        SliceError: If its box or area cannot be used.
    """
    box = read_box("coco", entry.get("bbox") or _around(entry.get("segmentation")))
    flags = [key for key in FLAGS if entry.get(key) and _is_set(entry[key])]
    return Item(
        place,
        name,
        box,
        unit,
        is_difficult="difficult" in flags or ("ignore" in flags and "iscrowd" not in flags),
        is_truncated="truncated" in flags,
        is_occluded="occluded" in flags,
        is_crowd="iscrowd" in flags,
        pose=entry["pose"] if isinstance(entry.get("pose"), str) else "Unspecified",
        area=_read_area(entry.get("area"), box),
        segmentation=entry.get("segmentation") or None,
        annotation_id=entry["id"] if is_id(entry.get("id")) else None,
        extra={} if entry.keys() <= KNOWN else {key: value for key, value in entry.items() if key not in KNOWN},
    )


def write_item(item: Item, record: Record, ids: tuple[int, int, int | None]) -> Mapping[str, Any]:
    """Describe an object as COCO does; VOC's flags are kept under their names.

    A difficult object also gets `ignore`, which mmdet honours; pycocotools looks at `iscrowd` only.

    Args:
        item: The object.
        record: Its image.
        ids: Of the annotation, the image and the category.
    """
    x, y, w, h = item.box.clip(record.wh).as_coco(record.wh)
    area = box_area(Box("coco", (x, y, w, h))) if item.area is None else item.area
    entry = {"id": ids[0], "image_id": ids[1], "category_id": ids[2], "bbox": [x, y, w, h], "area": area}
    flags: dict[str, Any] = {"iscrowd": int(item.is_crowd)}
    flags |= {"ignore": 1, "difficult": 1} if item.is_difficult else {}
    flags |= {"truncated": 1} if item.is_truncated else {}
    flags |= {"occluded": 1} if item.is_occluded else {}
    flags |= {"pose": item.pose} if item.pose != "Unspecified" else {}
    flags |= {"segmentation": item.segmentation} if item.segmentation else {}
    return entry | flags | {key: value for key, value in item.extra.items() if key not in entry}


def box_area(box: Box) -> float:
    """Return the area that COCO JSON gets where the source has none; so read, it says nothing beyond the box."""
    return round(box.numbers[2] * box.numbers[3], DECIMALS)


def _around(polygons: Any) -> Sequence[Any] | None:
    """Return x, y, width, height of the upright box around polygons [[x1, y1, x2, y2, x3, y3, ...], ...]."""
    if not isinstance(polygons, list) or not polygons:
        return None
    if not all(isinstance(polygon, list) and len(polygon) >= 6 and len(polygon) % 2 == 0 for polygon in polygons):
        return None
    xs = [read_number(x, "a corner's x") for polygon in polygons for x in polygon[::2]]
    ys = [read_number(y, "a corner's y") for polygon in polygons for y in polygon[1::2]]
    return [min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys)]


def _read_area(value: Any, box: Box) -> float | None:
    if value is None:
        return None
    area = read_number(value, "area")
    if area < 0:
        raise SliceError(f"area is {shown(value)}, which is negative")
    return None if area == box_area(box) else area


def _is_set(value: Any) -> bool:
    return isinstance(value, (int, str)) and value in (1, "1")
