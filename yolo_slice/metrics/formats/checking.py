"""Numbers, names and boxes as files have them: right, or explained."""

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from yolo_slice.errors import SliceError
from yolo_slice.metrics.truth import LARGEST_PX

Box = tuple[float, float, float, float]


def read_text(file: Path) -> str:
    """Read a text file.

    Raises:
        SliceError: If it cannot be read, or is no UTF-8.
    """
    try:
        return file.read_text(encoding="utf-8-sig")
    except (OSError, ValueError) as fault:
        raise SliceError(f"{file} cannot be read as text ({fault})") from None


def read_json(file: Path) -> Any:
    """Read a JSON file.

    Raises:
        SliceError: If it cannot be read as JSON.
    """
    try:
        return json.loads(read_text(file))
    except (ValueError, RecursionError) as fault:
        if isinstance(fault, SliceError):
            raise
        raise SliceError(f"{file} is no JSON ({fault})") from None


def read_lines(file: Path) -> list[tuple[int, list[str]]]:
    """Read the words of every line that has any, with the number of the line from 1."""
    lines = enumerate(read_text(file).split("\n"), 1)
    return [(number, line.split()) for number, line in lines if line.strip()]


def number(value: Any, what: str, place: str) -> float:
    """Read a finite number.

    Raises:
        SliceError: If it is none.

    Example:
        >>> number("12.5", "score", "a.txt, line 1")
        12.5
    """
    try:
        result = float(value) if not isinstance(value, bool) else math.nan
    except (TypeError, ValueError, OverflowError):
        result = math.nan
    if not math.isfinite(result):
        raise SliceError(f"{place}: {what} is {shown(value)}, not a finite number")
    return result


def whole_number(value: Any, what: str, place: str) -> int:
    """Read a whole number of 0 or more, also written as text or as 3.0.

    Raises:
        SliceError: If it is none.
    """
    result = number(value, what, place)
    if result != int(result) or not 0 <= result < 2**53:
        raise SliceError(f"{place}: {what} is {shown(value)}, not a whole number of 0 or more")
    return int(result)


def name(value: Any, what: str, place: str) -> str:
    """Read a name: text, or a whole number.

    Raises:
        SliceError: If it is neither, empty, more than one line, or cannot be written as UTF-8.
    """
    if isinstance(value, bool) or not isinstance(value, (str, int)) or not str_or_none(value):
        raise SliceError(f"{place}: {what} is {shown(value)}, not a name")
    return str(value).strip()


def str_or_none(value: str | int) -> str | None:
    """Write a name as text; None if that is empty, more than one line, too long a number or no UTF-8."""
    try:
        text = str(value).encode("utf-8").decode("utf-8").strip()
    except ValueError:  # a lone surrogate, or an int of more digits than Python converts
        return None
    return text if len(text.splitlines()) == 1 else None


def xywh_box(values: Any, place: str) -> Box:
    """Read left, top, width and height, pixels.

    Raises:
        SliceError: If these are not four numbers, a side is negative, or one is beyond any image.
    """
    if not isinstance(values, (list, tuple)) or len(values) != 4:
        raise SliceError(f"{place}: bbox is {shown(values)}, not [left, top, width, height]")
    x, y, w, h = (number(value, what, place) for value, what in zip(values, ("x", "y", "width", "height"), strict=True))
    if w < 0 or h < 0:
        raise SliceError(f"{place}: bbox {shown(values)} has a negative side")
    if max(map(abs, (x, y, w, h))) > LARGEST_PX:
        raise SliceError(f"{place}: bbox {shown(values)} is not in pixels")
    return x, y, w, h


def voc_box(values: Sequence[Any], place: str) -> Box:
    """Read VOC's corners (pixels from 1, both included), and return left and top edge, width and height.

    Raises:
        SliceError: If these are not four numbers, or the box ends before it begins.

    Example:
        >>> voc_box(["11", "21", "30", "60"], "a.txt, line 1")
        (10.0, 20.0, 20.0, 40.0)
    """
    if not isinstance(values, (list, tuple)) or len(values) != 4:
        raise SliceError(f"{place}: box is {shown(values)}, not xmin, ymin, xmax, ymax")
    sides = ("xmin", "ymin", "xmax", "ymax")
    xmin, ymin, xmax, ymax = (number(value, what, place) for value, what in zip(values, sides, strict=True))
    return xywh_box([xmin - 1, ymin - 1, xmax - xmin + 1, ymax - ymin + 1], place)


def entry(item: Any, key: str, place: str) -> Any:
    """Return an entry of a JSON object.

    Raises:
        SliceError: If it is no object, or has no such entry.
    """
    if not isinstance(item, Mapping):
        raise SliceError(f"{place} is {shown(item)}, not an object with {key!r}")
    if key not in item:
        raise SliceError(f"{place} has no {key!r}; it has {shown(list(item))}")
    return item[key]


def listing(value: Any, place: str) -> list[Any] | tuple[Any, ...]:
    """Return a JSON list.

    Raises:
        SliceError: If it is none.
    """
    if not isinstance(value, (list, tuple)):
        raise SliceError(f"{place} is {shown(value)}, not a list")
    return value


def shown(value: Any) -> str:
    """Quote a value in a message, on one line and not at length."""
    try:
        text = ascii(value)
    except (ValueError, RecursionError):  # an int of more digits than Python converts; deep nesting
        text = f"a {type(value).__name__}"
    return text if len(text) <= 60 else f"{text[:57]}..."
