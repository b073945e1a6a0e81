"""The side file of a split: one line of JSON per image with what the format's own files have no place for.

A line is

    {"image": "images/val/c.jpg", "width": 100, "height": 80, "objects": [
        {"name": "dog", "xyxy": [2, 3, 40, 50], "difficult": true, "truncated": false, "pose": "Left"}]}

with every usable object, in the order of the source, also those that labels leave out. `xyxy` is xmin, ymin, xmax,
ymax in pixels as in VOC (from 1, both corners included). Only where they say something, an object also has `occluded`,
`crowd`, `area`, `segmentation`, `annotation_id`, `extra`, and its box in the numbers of its source: `bbox` (COCO) or
`xywhn` (YOLO); an image has `id`, `image_id`, `extra`.
"""

import itertools
import json
import math
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from yolo_slice.annotations.box import WH, Box, Convention, Corners, read_box
from yolo_slice.annotations.findings import printable
from yolo_slice.annotations.record import Item, Record
from yolo_slice.annotations.result_names import is_safe
from yolo_slice.annotations.values import is_id, read_name, read_number
from yolo_slice.errors import SliceError
from yolo_slice.foreign_files import refuse_unreadable

Written = Callable[[Box, WH], Corners]  # the corners, in pixels, that a format's file has of a box

SAME_PX = 1e-3  # corners that agree so far are the same; a person's correction is larger
CELL_PX = 0.1  # corners are looked for among those of one cell, rarely two
MOST_NEAR = 100  # objects whose corners share all cells
FLAGS = {"difficult": "is_difficult", "truncated": "is_truncated", "occluded": "is_occluded", "crowd": "is_crowd"}
OPTIONAL = ("area", "segmentation", "annotation_id")
BOXES: dict[str, Convention] = {
    "bbox": "coco",
    "xywhn": "yolo",
    "xyxy": "voc",
}  # the first that an object has is its own
RAW = {convention: key for key, convention in BOXES.items() if convention != "voc"}


def side_file(root: Path, split_name: str) -> Path:
    """Return where a split's side file is, in Ultralytics' layout."""
    return root / "annotations" / f"{split_name}.jsonl"


def side_line(record: Record, place: str, keep_id: str = "") -> str:
    """Write an image's line.

    Args:
        record: The image.
        place: Path of the image's copy in the data set, with "/".
        keep_id: The image's own id, if the format's file name had to differ from it.
    """
    line: dict[str, Any] = {"image": place, "width": record.wh[0], "height": record.wh[1]}
    optional = {"id": keep_id or None, "image_id": record.image_id, "extra": {**record.extra} or None}
    line |= {key: value for key, value in optional.items() if value is not None}
    line["objects"] = [_object(item, record.wh) for item in record.items]
    return printable(json.dumps(line, ensure_ascii=False)) + "\n"


@dataclass(frozen=True, slots=True)
class SideFiles:
    """Side files, of which only the place of each line is held in memory.

    Attributes:
        offsets: Where an image's line is: the file, and the byte at which it begins.
    """

    offsets: Mapping[str, tuple[Path, int]] = field(default_factory=dict)

    @classmethod
    def open(cls, *files: Path) -> "SideFiles":
        """Index side files; one may be missing, as in a data set that somebody else has made.

        Raises:
            SliceError: If a line is not what a side file has, with its number.
        """
        offsets: dict[str, tuple[Path, int]] = {}
        for file in files:
            offset = 0
            for number, line in enumerate(_lines(file), 1):
                image = _parse(line, f"{file}, line {number}")["image"]
                offsets[(file.parent.parent / image).as_posix()] = file, offset
                offset += len(line)
        return cls(offsets)

    def find(self, image: Path) -> Mapping[str, Any] | None:
        """Return an image's line; None if there is none."""
        if image.as_posix() not in self.offsets:
            return None
        file, offset = self.offsets[image.as_posix()]
        with file.open("rb") as lines:
            lines.seek(offset)
            return _parse(lines.readline(), str(file))

    def file_of(self, image: Path) -> Path:
        """Return the file that has an image's line."""
        return self.offsets[image.as_posix()][0]


def _lines(file: Path) -> Iterator[bytes]:
    if file.is_file():
        refuse_unreadable(file)
        with file.open("rb") as lines:
            yield from lines


def restore(record: Record, line: Mapping[str, Any], written: Written, has_aside: bool) -> Record:
    """Put back what the side file knows: of every object that the format's file still has, and of those left out there.

    The format's file is right where both differ: an object whose box or class was changed there is taken as it is, one
    that was removed stays removed.

    Args:
        record: As read from the format's file; its `wh` is the image's size.
        line: The image's line.
        written: How the format's file writes a box.
        has_aside: Whether the format's file has difficult and crowd objects, too.
    """
    near, items = _Near(record), []
    for known in (_item(number, stored) for number, stored in enumerate(line["objects"], 1)):
        if known.is_set_aside and not has_aside:
            items.append(known)
        elif found := near.find(known.name, written(known.box, record.wh)):
            items.append(_merge(known, near.take(found)))
    items = [item for item in items if not item.is_set_aside or not near.find(item.name, written(item.box, record.wh))]
    rest = near.rest.values()
    extra = {**line.get("extra", {}), **record.extra}
    image_id = line.get("image_id", record.image_id)
    return replace(record, id=line.get("id", record.id), items=(*items, *rest), image_id=image_id, extra=extra)


class _Near:
    """The objects of an image by class and place, so that finding one takes as long in a crowd as in a pair.

    Attributes:
        rest: Those that have not been taken, by their place in the record.
    """

    def __init__(self, record: Record) -> None:
        self.rest = dict(enumerate(record.items))
        self._corners = [item.box.xyxy(record.wh) for item in record.items]
        self._cells: dict[tuple[Any, ...], deque[int]] = {}
        for place, (item, corners) in enumerate(zip(record.items, self._corners, strict=True)):
            self._cells.setdefault((item.name, *map(_cell, corners)), deque()).append(place)

    def find(self, name: str, corners: Corners) -> tuple[tuple[Any, ...], int] | None:
        """Return the cell and the place of the first object with this class and these corners."""
        cells = [{_cell(corner - SAME_PX), _cell(corner + SAME_PX)} for corner in corners]
        found = [(place, key) for key in itertools.product([name], *cells) if (place := self._first(key, corners)) >= 0]
        place, key = min(found, default=(-1, ()))
        return (key, place) if found else None

    def take(self, found: tuple[tuple[Any, ...], int]) -> Item:
        """Remove an object, and return it."""
        key, place = found
        self._cells[key].remove(place)
        return self.rest.pop(place)

    def _first(self, key: tuple[Any, ...], corners: Corners) -> int:
        """Return the first place in a cell with these corners; -1 if it has none, or none among its first."""
        for place in itertools.islice(self._cells.get(key, ()), MOST_NEAR):
            if all(abs(a - b) <= SAME_PX for a, b in zip(corners, self._corners[place], strict=True)):
                return place
        return -1


def _cell(corner: float) -> int:
    return math.floor(corner / CELL_PX)


def _merge(known: Item, found: Item) -> Item:
    """Keep what the format's file can say, add what it cannot; VOC says a crowd as a difficult object."""
    item = replace(known, number=found.number, unit=found.unit, extra={**known.extra, **found.extra})
    if found.unit == "line":
        return item
    is_crowd = known.is_crowd and found.is_difficult
    is_difficult = found.is_difficult and (known.is_difficult or not is_crowd)
    flags = {name: getattr(found, name) for name in ("is_truncated", "is_occluded", "pose")}
    return replace(item, is_crowd=is_crowd, is_difficult=is_difficult, **flags)


def _object(item: Item, wh: WH) -> dict[str, Any]:
    said: dict[str, Any] = {
        "name": item.name,
        "xyxy": item.box.as_voc(wh),
        "difficult": item.is_difficult,
        "truncated": item.is_truncated,
        "occluded": item.is_occluded or None,
        "crowd": item.is_crowd or None,
        "pose": item.pose,
        "area": item.area,
        "segmentation": item.segmentation,
        "annotation_id": item.annotation_id,
        "extra": {**item.extra} or None,
    }
    if item.box.convention in RAW:
        said[RAW[item.box.convention]] = item.box.numbers
    return {key: value for key, value in said.items() if value is not None}


def _parse(line: bytes, where: str) -> dict[str, Any]:
    try:
        parsed = json.loads(line)
        valid = (
            isinstance(parsed["image"], str)
            and "\0" not in parsed["image"]
            and all(is_id(parsed[side]) and parsed[side] > 0 for side in ("width", "height"))
            and is_id(parsed.get("image_id", 0))
            and isinstance(parsed.get("extra", {}), dict)
            and is_safe(parsed.get("id", ""))
        )
        for item in parsed["objects"]:
            valid = valid and _is_object(item)
    except (ValueError, KeyError, TypeError, RecursionError, AttributeError, SliceError):
        valid, parsed = False, {}
    if not valid:
        raise SliceError(f"{where}: not a line of a side file; delete the file, or make the data set anew")
    return parsed


def _is_object(item: Mapping[str, Any]) -> bool:
    for key in BOXES:
        if key in item or key == "xyxy":
            read_box(BOXES[key], item[key])
    return (
        bool(read_name(item["name"], "name"))
        and isinstance(item["pose"], str)
        and read_number(item.get("area", 0), "area") >= 0
        and is_id(item.get("annotation_id", 0))
        and isinstance(item.get("extra", {}), dict)
    )


def _item(number: int, stored: Mapping[str, Any]) -> Item:
    fields: dict[str, Any] = {name: bool(stored.get(key)) for key, name in FLAGS.items()}
    fields |= {key: stored.get(key) for key in OPTIONAL} | {"pose": stored["pose"], "extra": stored.get("extra", {})}
    return Item(number, stored["name"], _read_box(stored), **fields)


def _read_box(stored: Mapping[str, Any]) -> Box:
    key = next(key for key in BOXES if key in stored)
    return read_box(BOXES[key], stored[key])
