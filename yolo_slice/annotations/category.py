"""A class of objects, as COCO describes one, and the table of them that a data set of ours has."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from yolo_slice.annotations.findings import Finding
from yolo_slice.annotations.values import is_id
from yolo_slice.errors import SliceError
from yolo_slice.foreign_files import read_text
from yolo_slice.integration.data.data_yaml import find_repeated

CATEGORIES = "categories.json"


@dataclass(frozen=True, slots=True)
class Category:
    """A class; its index is its place in the data set's list of categories.

    Attributes:
        name: Class name.
        id: COCO's category id; None where the format has none.
        extra: What else COCO's file says of it, such as the supercategory.
    """

    name: str
    id: int | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)


def read_name_file(file: Path) -> tuple[str, ...] | None:
    """Read class names, one a line, as classes.txt and obj.names have them; None if there are none in it.

    Raises:
        SliceError: If it is not text.
    """
    return tuple(line.strip() for line in read_text(file).splitlines() if line.strip()) or None


def find_name_file(places: Iterable[Path], names: Iterable[str]) -> Path | None:
    """Find the first file of class names that there is."""
    return next((place / name for place in places for name in names if (place / name).is_file()), None)


def find_repeated_names(file: Path, names: Sequence[str]) -> Iterator[Finding]:
    """Report the names that a file has twice."""
    for message in find_repeated(names):
        yield Finding("repeated-name", file, message)


def read_categories(file: Path) -> tuple[tuple[Category, ...] | None, dict[str, Any]]:
    """Read categories.json as conversions write it; None and nothing if there is no such file.

    Raises:
        SliceError: If it is something else.
    """
    if not file.is_file():
        return None, {}
    try:
        stored = json.loads(read_text(file))
        entries = [dict(entry) for entry in stored.pop("categories")]
        ids = [entry.pop("id") for entry in entries]
        names = [str(entry.pop("name")) for entry in entries]
        extras = [{key: value for key, value in entry.items() if key != "class"} for entry in entries]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as fault:
        raise SliceError(f"{file}: not a list of categories as yolo-slice writes it ({fault!r}); delete it") from fault
    if len({*ids}) < len(ids) or not all(map(is_id, ids)):
        raise SliceError(f"{file}: every category needs an id of its own, a whole number")
    return tuple(map(Category, names, ids, extras)), stored
