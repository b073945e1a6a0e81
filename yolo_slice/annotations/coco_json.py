"""Reads one COCO JSON file into memory, and says what is wrong with its entries.

The parsed file is held as long as its split is: some three to ten times the file's size in memory. The images and
annotations are otherwise only passed through.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from yolo_slice.annotations.category import Category
from yolo_slice.annotations.findings import Finding
from yolo_slice.errors import SliceError

PARTS = ("images", "annotations", "categories")


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


def load_coco(file: Path) -> CocoFile:
    """Load a file.

    Raises:
        SliceError: If it is no COCO JSON, with the line where it breaks off; or if categories cannot be told apart.
    """
    data = load_json(file)
    missing = [part for part in PARTS if not isinstance(data, dict) or not isinstance(data.get(part), list)]
    if missing:
        raise SliceError(f"{file}: not a COCO JSON: no list {' and no list '.join(missing)}")
    categories = _read_categories(file, data["categories"])
    images, image_findings = _read_images(file, data["images"])
    annotations, findings = _group(file, data["annotations"], {image["id"] for image in images})
    licence = {key: data[key] for key in ("info", "licenses") if key in data}
    names = {category.id: category.name for category in categories}
    return CocoFile(file, images, annotations, names, categories, licence, (*image_findings, *findings))


def load_json(file: Path) -> Any:
    """Load JSON.

    Raises:
        SliceError: If it cannot be parsed, with line and column.
    """
    try:
        return json.loads(file.read_bytes().decode("utf-8-sig"))
    except json.JSONDecodeError as fault:
        raise SliceError(f"{file}, line {fault.lineno}: not JSON ({fault.msg}, column {fault.colno})") from fault
    except (ValueError, RecursionError) as fault:
        raise SliceError(f"{file}: not JSON ({fault})") from fault


def _read_categories(file: Path, entries: list[Any]) -> tuple[Category, ...]:
    categories = {}
    for number, entry in enumerate(entries, 1):
        name = entry.get("name") if isinstance(entry, dict) else None
        if not isinstance(name, str) or not is_id(entry.get("id")):
            raise SliceError(f"{file}: category no. {number} needs a name and an id, a whole number")
        if entry["id"] in categories or name in {category.name for category in categories.values()}:
            raise SliceError(f"{file}: category no. {number} ({name}, id {entry['id']}) is there twice")
        extra = {key: value for key, value in entry.items() if key not in ("id", "name", "class")}
        categories[entry["id"]] = Category(name, entry["id"], extra)
    return tuple(categories[id] for id in sorted(categories))


def _read_images(file: Path, entries: list[Any]) -> tuple[list[dict[str, Any]], list[Finding]]:
    images: dict[Any, dict[str, Any]] = {}
    findings = []
    for number, entry in enumerate(entries, 1):
        fault = _find_image_fault(entry)
        if fault:
            findings.append(Finding("bad-object", file, fault, number, unit="image no.", action="left out"))
        elif entry["id"] in images:
            message = f"{entry['file_name']}: id {entry['id']} is that of another image, too"
            findings.append(Finding("duplicate-id", file, message, number, unit="image no.", action="left out"))
        else:
            images[entry["id"]] = entry
    return [*images.values()], findings


def _find_image_fault(entry: Any) -> str:
    if not isinstance(entry, dict):
        return "not an object with id and file_name"
    if not isinstance(entry.get("id"), (int, str)):
        return f"the id is {entry.get('id')!r}, not a number"
    name = entry.get("file_name")
    return "" if isinstance(name, str) and name.strip("/\\ .") and "\0" not in name else f"the file_name is {name!r}"


def _group(file: Path, entries: list[Any], image_ids: set[Any]) -> tuple[dict[Any, list[Any]], list[Finding]]:
    groups: dict[Any, list[Any]] = {}
    findings, seen = [], set()
    for number, entry in enumerate(entries, 1):
        if not isinstance(entry, dict):
            message = "not an object with image_id, category_id and bbox"
            findings.append(Finding("bad-object", file, message, number, unit="annotation no.", action="left out"))
            continue
        id, image_id = entry.get("id"), entry.get("image_id")
        if not isinstance(image_id, (int, str)) or image_id not in image_ids:
            message = f"image_id {image_id!r} is not among the images"
            findings.append(Finding("missing-image", file, message, number, unit="annotation no.", action="left out"))
            continue
        groups.setdefault(image_id, []).append((number, entry))
        if is_id(id) and id in seen:
            message = f"id {id} is that of another annotation, too"
            findings.append(
                Finding("duplicate-id", file, message, number, unit="annotation no.", action="gets a new id")
            )
        seen |= {id} if is_id(id) else set()
    return groups, findings


def is_id(value: Any) -> bool:
    """Tell whether a value can be an id: a whole number."""
    return isinstance(value, int) and not isinstance(value, bool)
