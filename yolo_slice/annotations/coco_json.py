"""A COCO JSON file in memory: its images, the objects of each, and what is wrong with its entries.

The parsed file is held as long as its split is: some three to ten times the file's size in memory.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any

from yolo_slice.annotations.category import CATEGORIES, Category
from yolo_slice.annotations.coco_entry import read_item
from yolo_slice.annotations.findings import Finding
from yolo_slice.annotations.record import Item, Reading, Record
from yolo_slice.annotations.values import is_id, read_json, read_wh, shown, str_or_none
from yolo_slice.errors import SliceError
from yolo_slice.foreign_files import refuse_unreadable

PARTS = ("images", "annotations", "categories")
_PARTS = re.compile(rf'"(?:{"|".join(PARTS)})"\s*:'.encode())
LOOKED_AT = 4096  # bytes at the beginning and at the end of a file, to tell what it is
INSTANCES, KEY_POINTS = "instances_", "person_keypoints_"  # of COCO's own files; key points come with the same boxes
NO_BOXES = ("captions_", "image_info_")
IN_IMAGE = {"id", "file_name", "width", "height"}


@dataclass(frozen=True, slots=True)
class CocoFile:
    """What a file holds, by image.

    Attributes:
        file: The JSON file.
        images: The usable entries of images.
        annotations: The entries of annotations by image id, each with its place in the file, from 1.
        names: Class names by category id.
        categories: The categories, sorted by id.
        licence: `info` and `licenses`.
        findings: What is wrong with entries that belong to no image.
    """

    file: Path
    images: Sequence[Mapping[str, Any]]
    annotations: Mapping[Any, Sequence[tuple[int, Mapping[str, Any]]]]
    names: Mapping[Any, str]
    categories: tuple[Category, ...]
    licence: Mapping[str, Any]
    findings: tuple[Finding, ...]

    def read(self, entry: Mapping[str, Any]) -> Reading:
        """Read one of the images with its objects; the image's file is not looked for."""
        items, findings = self._read_items(entry["id"])
        name, (said_wh, fault) = file_name(entry), read_wh(entry.get("width"), entry.get("height"))
        if fault:
            message = f"image {name or entry['id']}: {fault}"
            findings.append(Finding("size-mismatch", self.file, message, action="the image's size is used"))
        path = PurePosixPath(name or str(entry["id"]))
        extra = {key: value for key, value in entry.items() if key not in IN_IMAGE}
        image_id = entry["id"] if is_id(entry["id"]) else None
        stem = path.with_suffix("").as_posix() if path.name else ""
        record = Record(self.file, stem, path.suffix, None, said_wh, tuple(items), image_id, extra)
        return Reading(record, tuple(findings))

    def _read_items(self, image_id: Any) -> tuple[list[Item], list[Finding]]:
        items, findings, seen = [], [], set()
        for number, entry in self.annotations.get(image_id, ()):
            place, unit = (entry["id"], "annotation id") if is_id(entry.get("id")) else (number, "annotation no.")
            name = self.names.get(_category_id(entry.get("category_id")))
            try:
                if name is None:
                    raise LookupError(f"category_id {shown(entry.get('category_id'))} is not among the categories")
                item = read_item(place, unit, name, entry)
            except LookupError as fault:
                findings.append(Finding("unknown-class", self.file, fault.args[0], place, unit=unit, action="left out"))
            except SliceError as fault:
                findings.append(Finding("bad-object", self.file, str(fault), place, name or "", unit, "left out"))
            else:
                items.append(item if item.annotation_id not in seen else replace(item, annotation_id=None))
                seen.add(item.annotation_id)
                if not entry.get("bbox"):
                    message, action = "no bbox", "the box around its polygon is taken"
                    findings.append(Finding("polygon", self.file, message, place, name, unit, action))
        return items, findings


def is_coco_json(file: Path) -> bool:
    """Tell whether a file seems to be a COCO JSON with boxes, by its name and by what it begins and ends with."""
    if file.suffix.lower() != ".json" or file.name == CATEGORIES or file.name.startswith(NO_BOXES):
        return False
    if file.name.startswith(KEY_POINTS) and file.with_name(file.name.replace(KEY_POINTS, INSTANCES, 1)).is_file():
        return False
    try:
        refuse_unreadable(file)
        with file.open("rb") as stream:
            start = stream.read(LOOKED_AT)
            stream.seek(max(0, file.stat().st_size - LOOKED_AT))
            return any(map(_PARTS.search, (start, stream.read())))
    except OSError:
        return False


def load_coco(file: Path) -> CocoFile:
    """Load a file whose images have names.

    Raises:
        SliceError: If it is no COCO JSON, with the line where it breaks off; or if categories cannot be told apart.
    """
    return parse_coco(read_json(file), file)


def parse_coco(data: Any, file: Path, needs_names: bool = True) -> CocoFile:
    """Parse a file's content.

    Args:
        data: The content.
        file: Where it is from.
        needs_names: Whether an image without a file_name is of no use.

    Raises:
        SliceError: If it is no COCO JSON; or if categories cannot be told apart.
    """
    missing = [part for part in PARTS if not isinstance(data, Mapping) or not isinstance(data.get(part), list)]
    if missing:
        raise SliceError(f"{file}: not a COCO JSON: no list {' and no list '.join(missing)}")
    used = {_category_id(entry.get("category_id")) for entry in data["annotations"] if isinstance(entry, dict)}
    categories, names, category_findings = _read_categories(file, data["categories"], used)
    images, image_findings = _read_images(file, data["images"], needs_names)
    annotations, findings = _group(file, data["annotations"], {image["id"] for image in images})
    licence = {key: data[key] for key in ("info", "licenses") if key in data}
    findings = (*category_findings, *image_findings, *findings)
    return CocoFile(file, images, annotations, names, categories, licence, findings)


def file_name(entry: Mapping[str, Any]) -> str:
    """Return the name of an image's file, with "/"; "" if it has none."""
    name = entry.get("file_name")
    usable = isinstance(name, str) and name.strip("/\\ .") and "\0" not in name and str_or_none(name)
    return str(name).replace("\\", "/") if usable else ""


def _read_categories(
    file: Path, entries: list[Any], used: Collection[Any]
) -> tuple[tuple[Category, ...], dict[Any, str], list[Finding]]:
    """Read the categories, each name once, and the name of every id; of equal names the first that is used stays."""
    names, found, findings = dict[Any, str](), dict[str, Category](), list[Finding]()
    for number, entry in enumerate(entries, 1):
        id, name = _read_category(entry, f"{file}: category no. {number}")
        if id in names:
            message = f"category no. {number} ({name}): id {id} is that of {names[id]!r}, too"
            findings.append(Finding("duplicate-id", file, message, action="left out"))
            continue
        names[id] = name
        category = Category(
            name, id, {key: value for key, value in entry.items() if key not in ("id", "name", "class")}
        )
        known = found.setdefault(name, category)
        if known is not category:
            kept = found[name] = category if known.id not in used and id in used else known
            message = f"the categories {known.id} and {id} are both {name!r}"
            findings.append(Finding("repeated-name", file, message, action=f"made one, with id {kept.id}"))
    return tuple(sorted(found.values(), key=lambda category: category.id or 0)), names, findings


def _read_category(entry: Any, place: str) -> tuple[int, str]:
    """Return id and name."""
    if not isinstance(entry, dict):
        raise SliceError(f"{place} is {shown(entry)}, not an object with id and name")
    id, name = _category_id(entry.get("id")), entry.get("name")
    if id is None:
        raise SliceError(f"{place}: the id is {shown(entry.get('id'))}, not a whole number")
    if not isinstance(name, str) or not str_or_none(name):
        raise SliceError(f"{place}: the name is {shown(name)}, not a text of one line")
    return id, name


def _category_id(value: Any) -> int | None:
    """Read the id of a category, which may be a number written as text; None if it is something else."""
    if isinstance(value, str):
        return int(value) if value.strip().isdecimal() and len(value) < 20 else None
    return value if is_id(value) else None


def _read_images(file: Path, entries: list[Any], needs_names: bool) -> tuple[list[dict[str, Any]], list[Finding]]:
    images: dict[Any, dict[str, Any]] = {}
    findings = []
    for number, entry in enumerate(entries, 1):
        fault = _find_image_fault(entry, needs_names)
        if fault:
            findings.append(Finding("bad-object", file, fault, number, unit="image no.", action="left out"))
        elif entry["id"] in images:
            message = f"{entry.get('file_name', 'image')}: id {entry['id']} is that of another image, too"
            findings.append(Finding("duplicate-id", file, message, number, unit="image no.", action="left out"))
        else:
            images[entry["id"]] = entry
    return [*images.values()], findings


def _find_image_fault(entry: Any, needs_names: bool) -> str:
    if not isinstance(entry, dict):
        return "not an object with id and file_name"
    id = entry.get("id")
    if isinstance(id, bool) or not isinstance(id, (int, str)) or not str_or_none(id):
        return f"the id is {shown(id)}, not a number"
    return f"the file_name is {shown(entry.get('file_name'))}" if needs_names and not file_name(entry) else ""


def _group(file: Path, entries: Iterable[Any], image_ids: set[Any]) -> tuple[dict[Any, list[Any]], list[Finding]]:
    groups: dict[Any, list[Any]] = {}
    findings, seen = [], set()
    for number, entry in enumerate(entries, 1):
        if not isinstance(entry, dict):
            message = "not an object with image_id, category_id and bbox"
            findings.append(Finding("bad-object", file, message, number, unit="annotation no.", action="left out"))
            continue
        id, image_id = entry.get("id"), entry.get("image_id")
        if not isinstance(image_id, (int, str)) or image_id not in image_ids:
            message = f"image_id {shown(image_id)} is not among the images"
            findings.append(Finding("missing-image", file, message, number, unit="annotation no.", action="left out"))
            continue
        groups.setdefault(image_id, []).append((number, entry))
        if not is_id(id):
            continue
        if id in seen:
            message = f"id {id} is that of another annotation, too"
            findings.append(
                Finding("duplicate-id", file, message, number, unit="annotation no.", action="gets a new id")
            )
        seen.add(id)
    return groups, findings
