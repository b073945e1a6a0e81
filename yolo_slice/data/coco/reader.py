"""Reads the images of a COCO JSON file one by one, and finds their files."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any, TypeGuard

from yolo_slice.annotations.box import DECIMALS, WH, Box, is_finite
from yolo_slice.annotations.coco_json import CocoFile, is_id
from yolo_slice.annotations.findings import Finding
from yolo_slice.annotations.record import Item, Reading, Record, is_safe
from yolo_slice.errors import SliceError

IN_IMAGE = {"id", "file_name", "width", "height"}
IN_ANNOTATION = {
    *("id", "image_id", "category_id", "bbox", "area", "iscrowd", "segmentation", "ignore"),
    *("difficult", "truncated", "occluded", "pose"),
}


@dataclass(frozen=True, slots=True)
class CocoSplit:
    """A JSON file and where its images may be.

    Attributes:
        name: Name of the split.
        coco: The file.
        places: Folders to look for images in.
    """

    name: str
    coco: CocoFile
    places: tuple[Path, ...]

    def __len__(self) -> int:
        return len(self.coco.images)

    def read(self) -> Iterator[Reading]:
        """Read the images in the order of the file."""
        ids: set[str] = set()
        for entry in self.coco.images:
            yield self._read_image(entry, ids)

    def _read_image(self, entry: Mapping[str, Any], ids: set[str]) -> Reading:
        name = entry["file_name"].replace("\\", "/")
        id = _choose_id(name, self.name)
        if id in ids:
            message = f"image {name} is there twice"
            return Reading(None, (Finding("duplicate-id", self.coco.file, message, action="left out"),))
        ids.add(id)
        items, findings = self._read_items(entry["id"])
        said_wh = _read_wh(entry)
        if said_wh is None:
            message = f"image {name}: gives no size"
            findings.append(Finding("size-mismatch", self.coco.file, message, action="the image's size is used"))
        extra = {key: value for key, value in entry.items() if key not in IN_IMAGE}
        image_id = entry["id"] if is_id(entry["id"]) else None
        suffix = PurePosixPath(name).suffix
        record = Record(self.coco.file, id, suffix, self._find(name), said_wh, tuple(items), image_id, extra)
        return Reading(record, tuple(findings))

    def _read_items(self, image_id: Any) -> tuple[list[Item], list[Finding]]:
        items, findings, seen = [], [], set()
        for number, entry in self.coco.annotations.get(image_id, ()):
            place, unit = (entry["id"], "annotation id") if is_id(entry.get("id")) else (number, "annotation no.")
            name = self.coco.names.get(entry.get("category_id")) if is_id(entry.get("category_id")) else None
            try:
                if name is None:
                    raise LookupError(f"category_id {entry.get('category_id')!r} is not among the categories")
                item = _read_item(place, unit, name, entry)
            except LookupError as fault:
                findings.append(
                    Finding("unknown-class", self.coco.file, fault.args[0], place, unit=unit, action="left out")
                )
            except SliceError as fault:
                findings.append(Finding("bad-object", self.coco.file, str(fault), place, name or "", unit, "left out"))
            else:
                items.append(item if item.annotation_id not in seen else replace(item, annotation_id=None))
                seen.add(item.annotation_id)
        return items, findings

    def _find(self, name: str) -> Path | None:
        candidates = [name, PurePosixPath(name).name] if is_safe(name) else [PurePosixPath(name).name]
        return next((file for part in candidates for place in self.places if (file := place / part).is_file()), None)


def _choose_id(name: str, split: str) -> str:
    """Take the file's path without suffix, and without the folder that the split is called after."""
    path = PurePosixPath(name if is_safe(name) else PurePosixPath(name).name)
    parts = path.parts[1:] if len(path.parts) > 1 and path.parts[0] == split else path.parts
    return PurePosixPath(*parts).with_suffix("").as_posix()


def _read_item(number: int, unit: str, name: str, entry: Mapping[str, Any]) -> Item:
    box, area = _read_box(entry.get("bbox")), entry.get("area")
    is_known = _is_number(area) and math.isfinite(area) and area != box_area(box)
    return Item(
        number,
        name,
        box,
        unit,
        is_difficult=_flag(entry, "difficult") or (_flag(entry, "ignore") and not _flag(entry, "iscrowd")),
        is_truncated=_flag(entry, "truncated"),
        is_occluded=_flag(entry, "occluded"),
        is_crowd=_flag(entry, "iscrowd"),
        pose=entry["pose"] if isinstance(entry.get("pose"), str) else "Unspecified",
        area=area if is_known else None,
        segmentation=entry.get("segmentation") or None,
        annotation_id=entry["id"] if is_id(entry.get("id")) else None,
        extra={key: value for key, value in entry.items() if key not in IN_ANNOTATION},
    )


def box_area(box: Box) -> float:
    """Return the area that COCO JSON gets where the source has none; so read, it says nothing beyond the box."""
    return round(box.numbers[2] * box.numbers[3], DECIMALS)


def _read_box(bbox: Any) -> Box:
    if bbox is None:
        raise SliceError("no bbox")
    if not isinstance(bbox, list) or len(bbox) != 4 or not all(map(_is_number, bbox)):
        raise SliceError(f"bbox is {str(bbox)[:60]}, not a list of four numbers: x, y, width, height")
    if not is_finite(tuple(bbox)):
        raise SliceError(f"bbox is {bbox}, not numbers that a box can have")
    return Box("coco", tuple(bbox))


def _is_number(value: Any) -> TypeGuard[float]:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _flag(entry: Mapping[str, Any], key: str) -> bool:
    value = entry.get(key)
    return isinstance(value, (int, str)) and str(int(value) if isinstance(value, bool) else value) == "1"


def _read_wh(entry: Mapping[str, Any]) -> WH | None:
    wh = [entry[side] for side in ("width", "height") if _is_number(entry.get(side))]
    return (wh[0], wh[1]) if len(wh) == 2 and is_finite(wh) else None
