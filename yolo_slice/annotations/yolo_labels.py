"""Reads a YOLO label file: boxes, and polygons with the boxes around them."""

from pathlib import Path

from yolo_slice.annotations.box import Box, is_finite
from yolo_slice.annotations.findings import Finding
from yolo_slice.annotations.record import Item
from yolo_slice.errors import SliceError

TOLERANCE = 0.01  # of a side: as far beyond the image the host accepts a number


def read_labels(file: Path, names: tuple[str, ...] | None) -> tuple[tuple[Item, ...], list[Finding]]:
    """Read a label file; a row that cannot be used gives a finding with its line.

    Args:
        file: One row an object: class x y w h, or class x1 y1 x2 y2 x3 y3 ... for a polygon, whose corners become the
            item's segmentation, as shares of the image.
        names: Class names; None if they are not known, then the number is the name.
    """
    try:
        text = file.read_text("utf-8-sig")
    except (UnicodeDecodeError, OSError) as fault:
        return (), [Finding("unreadable-annotation", file, f"cannot be read as text ({fault})", action="no labels")]
    items: list[Item] = []
    findings: list[Finding] = []
    for number, line in enumerate(text.splitlines(), 1):
        try:
            items += [_read_row(number, line.split(), names)] if line.strip() else []
        except SliceError as fault:
            findings.append(Finding("bad-object", file, str(fault), number, unit="line", action="left out"))
        except LookupError as fault:
            findings.append(Finding("unknown-class", file, fault.args[0], number, unit="line", action="left out"))
    polygons = [item.number for item in items if item.segmentation]
    findings += [_tell_polygons(file, polygons, len(items))] if polygons else []
    return tuple(items), findings


def _tell_polygons(file: Path, polygons: list[int], count: int) -> Finding:
    mixed = "; the host refuses files that mix them with boxes" if len(polygons) < count else ""
    message = f"{len(polygons)} polygon(s), the first here{mixed}"
    return Finding("polygon", file, message, polygons[0], unit="line", action="the box around each is taken")


def _read_row(number: int, words: list[str], names: tuple[str, ...] | None) -> Item:
    index = _read_class(words[0])
    values = [_read_number(word) for word in words[1:]]
    if len(values) != 4 and (len(values) < 6 or len(values) % 2):
        raise SliceError(
            f"{len(words)} columns; a row is a class and 4 numbers, or a class and the corners of a polygon"
            + (" (6 columns are a detection with its confidence, not a label)" if len(values) == 5 else "")
        )
    if names is not None and index >= len(names):
        raise LookupError(f"class {index} is not among the data set's {len(names)} names (0 to {len(names) - 1})")
    name = str(index) if names is None else names[index]
    if len(values) == 4:
        return Item(number, name, Box("yolo", _check_box(values)), unit="line")
    return Item(number, name, _box_around(values), unit="line", segmentation=[values])


def _read_class(word: str) -> int:
    try:
        value = float(word)
    except ValueError:
        value = -1.0
    if not (0 <= value < 1e6 and value == int(value)):
        raise SliceError(f"the class is {word[:40]!r}, not a whole number from 0")
    return int(value)


def _read_number(word: str) -> float:
    try:
        value = float(word)
    except ValueError:
        raise SliceError(f"{word[:40]!r} is not a number") from None
    if not is_finite([value]):
        raise SliceError(f"{word[:40]!r} is not a number that a box can have")
    return value


def _check_box(values: list[float]) -> tuple[float, float, float, float]:
    if max(values) > 1 + TOLERANCE or min(values) < -TOLERANCE:
        raise SliceError(
            f"x y w h {' '.join(f'{value:.10g}' for value in values)} must be shares of the image, from 0 to 1; the "
            "host drops the whole image"
        )
    x, y, w, h = values
    return x, y, w, h


def _box_around(values: list[float]) -> Box:
    if max(values) > 1 + TOLERANCE or min(values) < -TOLERANCE:
        raise SliceError(
            "a polygon with corners beyond the image; if these are key points, name their kpt_shape in the data YAML"
        )
    xs, ys = values[::2], values[1::2]
    x1, y1, x2, y2 = min(xs), min(ys), max(xs), max(ys)
    return Box("yolo", ((x1 + x2) / 2, (y1 + y2) / 2, x2 - x1, y2 - y1))
