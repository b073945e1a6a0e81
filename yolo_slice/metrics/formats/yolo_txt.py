"""YOLO's text files, one per image: `class cx cy w h` over the image's size, and the confidence for detections."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path

from yolo_slice.annotations.box import Corners as Box
from yolo_slice.annotations.values import read_lines, read_number, read_whole_number, shown
from yolo_slice.errors import SliceError
from yolo_slice.metrics.detections import DetectionRow, Detections, build_detections
from yolo_slice.metrics.formats.boxes import xywh_box
from yolo_slice.metrics.truth import Truth


def read_yolo_labels(file: Path, wh: tuple[float, float], class_count: int) -> list[tuple[int, Box]]:
    """Read a label file: class number and box in pixels; a polygon (class x1 y1 x2 y2 ...) gives its bounding box.

    Args:
        file: The label file; none there means no objects, as for the host.
        wh: The image's size, pixels.
        class_count: Number of classes.

    Raises:
        SliceError: For a bad line, with its number.
    """
    objects = []
    for line, words in read_lines(file) if file.is_file() else []:
        place = f"{file}, line {line}"
        if len(words) != 5 and (len(words) < 7 or len(words) % 2 == 0):
            raise SliceError(f"{place}: {len(words)} words instead of 5: class cx cy w h")
        values = [read_number(word, "a coordinate", place) for word in words[1:]]
        objects.append((_class(words[0], class_count, place), _pixels(_centred(values), wh, place)))
    return objects


def read_yolo_detections(files: Sequence[Path], truth: Truth) -> Detections:
    """Read what the host writes with `save_txt=True save_conf=True`: `class cx cy w h confidence`.

    Raises:
        SliceError: For a bad line, with its number; an image that the ground truth lacks, or does not know the size of.
    """
    images, rows = truth.image_index, []
    for file in files:
        if file.stem not in images:
            raise SliceError(f"{file}: image {shown(file.stem)} is not in {truth.source}")
        image = images[file.stem]
        wh = tuple(truth.wh[image].tolist())
        if not all(map(math.isfinite, wh)):
            raise SliceError(f"{file}: the size of its image is not known; give the data YAML as ground truth")
        rows += [
            _detection(words, image, wh, len(truth.classes), f"{file}, line {line}") for line, words in read_lines(file)
        ]
    return build_detections(rows, inclusive_px=1.0)


def is_yolo_detection(words: Sequence[str]) -> bool:
    """Tell whether a line looks like a YOLO detection and not like `class confidence left top right bottom`.

    Example:
        >>> is_yolo_detection("0 0.5 0.5 0.1 0.2 0.97".split()), is_yolo_detection("1 0.97 10 20 30 40".split())
        (True, False)
    """
    try:
        return words[0].isdigit() and len(words) in (5, 6) and all(float(word) <= 1.1 for word in words[1:5])
    except ValueError:
        return False


def stem_aliases(images: Sequence[Path], root: Path) -> Mapping[str, int]:
    """Name images as the host's detections do: by stem, or by path with `_` for `/`; if unambiguous."""
    aliases: dict[str, set[int]] = {}
    for n, image in enumerate(images):
        below = image.relative_to(root) if image.is_relative_to(root) else Path(image.name)
        parts = below.with_suffix("").parts
        names = {image.name, image.stem, below.as_posix(), *("_".join(parts[i:]) for i in range(len(parts)))}
        for alias in names:
            aliases.setdefault(alias, set()).add(n)
    return {alias: numbers.pop() for alias, numbers in aliases.items() if len(numbers) == 1}


def _detection(words: Sequence[str], image: int, wh: tuple[float, ...], class_count: int, place: str) -> DetectionRow:
    if len(words) != 6:
        hint = " (give save_conf=True when predicting)" if len(words) == 5 else ""
        raise SliceError(f"{place}: {len(words)} words instead of 6: class cx cy w h confidence{hint}")
    values = [read_number(word, "a coordinate", place) for word in words[1:]]
    box = _pixels(values[:4], wh, place)
    return DetectionRow(image, _class(words[0], class_count, place), box, values[4])


def _class(word: str, count: int, place: str) -> int:
    label = read_whole_number(word, "class", place)
    if label >= count:
        raise SliceError(f"{place}: class {label} is not one of the {count} classes, 0 to {count - 1}")
    return label


def _centred(values: Sequence[float]) -> Sequence[float]:
    """Return centre and size of a polygon's bounding box; a box is left as it is."""
    if len(values) == 4:
        return values
    xs, ys = values[::2], values[1::2]
    return (min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2, max(xs) - min(xs), max(ys) - min(ys)


def _pixels(values: Sequence[float], wh: Sequence[float], place: str) -> Box:
    if max(map(abs, values)) > 10:
        raise SliceError(f"{place}: {shown(list(values))} are not fractions of the image's size")
    (cx, cy, w, h), (width, height) = values, wh
    return xywh_box([(cx - w / 2) * width, (cy - h / 2) * height, w * width, h * height], place)
