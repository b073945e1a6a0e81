"""A YOLO label file <-> objects in an image: boxes, and polygons with the boxes around them."""

import re
from collections.abc import Mapping
from pathlib import Path

from yolo_slice.annotations.box import WH, Box, read_box
from yolo_slice.annotations.findings import Finding
from yolo_slice.annotations.limits import LARGEST_FILE, LONGEST_ROW, MOST_CLASSES, refuse_many
from yolo_slice.annotations.record import Item, Record
from yolo_slice.annotations.values import read_number, read_whole_number
from yolo_slice.errors import SliceError
from yolo_slice.foreign_files import read_text

NOT_LABELS = {"classes", "train", "val", "test", "notes", "readme"}  # text files that tools put among labels
LOOKED_AT = 500  # bytes of a file, to tell whether it begins with a row
TOLERANCE = 0.01  # of a side: as far beyond the image Ultralytics accepts a number


def is_label_file(file: Path) -> bool:
    """Tell whether a text file that lies anywhere can be one: by its first row, or by lying in labels/."""
    if file.suffix.lower() != ".txt":
        return False
    if "labels" in file.parts[:-1] and file.stem.casefold() not in NOT_LABELS:
        return True
    if not file.is_file():
        return False
    with file.open("rb") as stream:
        words = stream.read(LOOKED_AT).lstrip().partition(b"\n")[0].split()
    is_row = len(words) == 5 or len(words) > 6  # 6 columns are a detection
    return is_row and all(re.fullmatch(rb"[-+.\de]+", word) for word in words)


def read_labels(file: Path, names: tuple[str, ...] | None) -> tuple[tuple[Item, ...], list[Finding]]:
    """Read a label file; a row that cannot be used gives a finding with its line.

    Args:
        file: One row an object: class x y w h, or class x1 y1 x2 y2 x3 y3 ... for a polygon, whose corners become the
            item's segmentation, as shares of the image.
        names: Class names; None if they are not known, then the number is the name.
    """
    try:
        text = read_text(file, most=LARGEST_FILE)
        refuse_many(file, text.count("\n"))
    except SliceError as fault:
        message = str(fault).removeprefix(f"{file} ")
        return (), [Finding("unreadable-annotation", file, message, action="no labels")]
    items: list[Item] = []
    findings: list[Finding] = []
    for line, row in enumerate(text.split("\n"), 1):
        if not row or row.isspace():
            continue
        try:
            items.append(_read_row(line, row, names))
        except SliceError as fault:
            findings.append(Finding("bad-object", file, str(fault), line, unit="line", action="left out"))
        except LookupError as fault:
            findings.append(Finding("unknown-class", file, fault.args[0], line, unit="line", action="left out"))
    polygons = [item.number for item in items if item.segmentation]
    findings += [_tell_polygons(file, polygons, len(items))] if polygons else []
    return tuple(items), findings


def _tell_polygons(file: Path, polygons: list[int], count: int) -> Finding:
    mixed = "; Ultralytics refuses files that mix them with boxes" if len(polygons) < count else ""
    message = f"{len(polygons)} polygon(s), the first here{mixed}"
    return Finding("polygon", file, message, polygons[0], unit="line", action="the box around each is taken")


def _read_row(line: int, row: str, names: tuple[str, ...] | None) -> Item:
    if len(row) > LONGEST_ROW:
        raise SliceError(f"{len(row)} characters; rows of more than {LONGEST_ROW} are not read")
    words = row.split()
    index = read_class(words[0])
    values = [read_number(word, "a coordinate") for word in words[1:]]
    if len(values) != 4 and (len(values) < 6 or len(values) % 2):
        raise SliceError(
            f"{len(words)} columns; a row is a class and 4 numbers, or a class and the corners of a polygon"
            + (" (6 columns are a detection with its confidence, not a label)" if len(values) == 5 else "")
        )
    if names is not None and index >= len(names):
        raise LookupError(f"class {index} is not among the data set's {len(names)} names (0 to {len(names) - 1})")
    if names is None and index >= MOST_CLASSES:
        raise LookupError(f"class {index} has no name; without names, only numbers below {MOST_CLASSES} are read")
    name = str(index) if names is None else names[index]
    if len(values) == 4:
        return Item(line, name, _check_box(values), unit="line")
    return Item(line, name, _box_around(values), unit="line", segmentation=[values])


def read_class(word: str, place: str = "") -> int:
    """Read the number of a class, from 0; Ultralytics takes 3.0, too."""
    return read_whole_number(word, "class", place)


def _check_box(values: list[float]) -> Box:
    if max(values) > 1 + TOLERANCE or min(values) < -TOLERANCE:
        raise SliceError(
            f"x y w h {' '.join(f'{value:.10g}' for value in values)} must be shares of the image, from 0 to 1; "
            "Ultralytics drops the whole image"
        )
    return read_box("yolo", values)


def _box_around(values: list[float]) -> Box:
    if max(values) > 1 + TOLERANCE or min(values) < -TOLERANCE:
        raise SliceError(
            "a polygon with corners beyond the image; if these are key points, name their kpt_shape in the data YAML"
        )
    xs, ys = values[::2], values[1::2]
    x1, y1, x2, y2 = min(xs), min(ys), max(xs), max(ys)
    return Box("yolo", ((x1 + x2) / 2, (y1 + y2) / 2, x2 - x1, y2 - y1))


def label_text(record: Record, index: Mapping[str, int]) -> str:
    """Write an image's label file; difficult and crowd objects have no place in it.

    Args:
        record: The image, with its true size.
        index: Class numbers by name.
    """
    items = (item for item in record.items if not item.is_set_aside)
    return "".join(f"{label_row(index[item.name], item.box, record.wh)}\n" for item in items)


def label_row(class_id: int, box: Box, wh: WH) -> str:
    """Write a row, with nine significant digits: as many as Ultralytics' float32 can hold.

    Example:
        >>> label_row(3, Box("voc", (11, 21, 31, 61)), (100, 200))
        '3 0.2 0.2 0.2 0.2'
    """
    x, y, w, h = box.clip(wh).as_yolo(wh)
    return f"{class_id} {x:.9g} {y:.9g} {w:.9g} {h:.9g}"
