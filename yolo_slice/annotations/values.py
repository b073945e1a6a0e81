"""Text, JSON, numbers and names as files have them: right, or explained. Every reader of any file uses these."""

import gc
import json
import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from yolo_slice.errors import SliceError
from yolo_slice.foreign_files import read_text

LONGEST_NUMBER = 400  # digits: beyond it a float is infinite


def read_json(file: Path) -> Any:
    """Read a JSON file.

    Raises:
        SliceError: If it cannot be read as JSON, with the line where it breaks off.
    """
    text = read_text(file)
    try:
        with _nothing_collected():
            return json.loads(text)
    except json.JSONDecodeError as fault:
        raise SliceError(f"{file}, line {fault.lineno}: not JSON ({fault.msg}, column {fault.colno})") from None
    except ValueError:  # a number of more digits than Python converts
        return json.loads(text, parse_int=_parse_int)
    except RecursionError as fault:
        raise SliceError(f"{file}: not JSON ({fault})") from None


@contextmanager
def _nothing_collected() -> Iterator[None]:
    """Spare the search for garbage, which goes through a large file's millions of new objects again and again."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _parse_int(digits: str) -> int | float:
    return int(digits) if len(digits) < LONGEST_NUMBER else math.copysign(math.inf, -1 if digits[0] == "-" else 1)


def read_lines(file: Path) -> list[tuple[int, list[str]]]:
    """Read the words of every line that has any, with the number of the line from 1."""
    lines = enumerate(read_text(file).split("\n"), 1)
    return [(number, line.split()) for number, line in lines if line.strip()]


def read_number(value: Any, what: str, place: str = "") -> float:
    """Read a finite number, also written as text.

    Raises:
        SliceError: If it is not one.

    Example:
        >>> read_number("12.5", "score", "a.txt, line 1")
        12.5
    """
    if type(value) is float and math.isfinite(value):  # nearly all are
        return value
    try:
        result = float(value) if not isinstance(value, bool) else math.nan
    except (TypeError, ValueError, OverflowError):
        result = math.nan
    if not math.isfinite(result):
        raise SliceError(f"{at(place)}{what} is {shown(value)}, not a finite number")
    return value if isinstance(value, int) else result


def read_whole_number(value: Any, what: str, place: str = "") -> int:
    """Read a whole number of 0 or more, also written as text or as 3.0.

    Raises:
        SliceError: If it is not one.
    """
    result = read_number(value, what, place)
    if result != int(result) or not 0 <= result < 2**53:
        raise SliceError(f"{at(place)}{what} is {shown(value)}, not a whole number of 0 or more")
    return int(result)


def read_wh(width: Any, height: Any) -> tuple[tuple[float, float] | None, str]:
    """Read the width and height that an annotation gives; the text says what is wrong with them.

    Example:
        >>> read_wh("100", 80), read_wh("wide", 80)
        (((100.0, 80), ''), (None, "gives no usable size: width is 'wide', not a finite number"))
    """
    if width in (None, "") and height in (None, ""):
        return None, "gives no size"
    try:
        return (read_number(width, "width"), read_number(height, "height")), ""
    except SliceError as fault:
        return None, f"gives no usable size: {fault}"


def read_name(value: Any, what: str, place: str = "") -> str:
    """Read a name: text, or a whole number.

    Raises:
        SliceError: If it is neither, empty, more than one line, or cannot be written as UTF-8.
    """
    if isinstance(value, bool) or not isinstance(value, (str, int)) or not str_or_none(value):
        raise SliceError(f"{at(place)}{what} is {shown(value)}, not a name")
    return str(value).strip()


def str_or_none(value: str | int) -> str | None:
    """Write a name as text; None if that is empty, more than one line, too long a number or not UTF-8."""
    try:
        text = str(value).encode("utf-8").decode("utf-8").strip()
    except ValueError:  # a lone surrogate, or an int of more digits than Python converts
        return None
    return text if len(text.splitlines()) == 1 else None


def entry(item: Any, key: str, place: str) -> Any:
    """Return an entry of a JSON object.

    Raises:
        SliceError: If it is not an object, or has no such entry.
    """
    if not isinstance(item, Mapping):
        raise SliceError(f"{place} is {shown(item)}, not an object with {key!r}")
    if key not in item:
        raise SliceError(f"{place} has no {key!r}; it has {shown(list(item))}")
    return item[key]


def listing(value: Any, place: str) -> list[Any] | tuple[Any, ...]:
    """Return a JSON list.

    Raises:
        SliceError: If it is not one.
    """
    if not isinstance(value, (list, tuple)):
        raise SliceError(f"{place} is {shown(value)}, not a list")
    return value


def is_id(value: Any) -> bool:
    """Tell whether a value can be an id: a whole number."""
    return type(value) is int  # no bool


def at(place: str) -> str:
    """Begin a message with its place, if there is one."""
    return f"{place}: " if place else ""


def shown(value: Any) -> str:
    """Quote a value in a message, on one line and not at length."""
    try:
        text = ascii(value)
    except (ValueError, RecursionError):  # an int of more digits than Python converts; deep nesting
        text = f"a {type(value).__name__}"
    return text if len(text) <= 60 else f"{text[:57]}..."
