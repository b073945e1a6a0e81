"""Detections in YOLO's text files, one per image: `class cx cy w h confidence` over the image's size."""

import math
from collections.abc import Sequence
from pathlib import Path

from yolo_slice.annotations.box import WH, read_box
from yolo_slice.annotations.values import read_lines, read_number, shown
from yolo_slice.annotations.yolo_labels import read_class
from yolo_slice.errors import SliceError
from yolo_slice.metrics.detections import DetectionRow, Detections, build_detections
from yolo_slice.metrics.formats.boxes import xywh_box
from yolo_slice.metrics.truth import Truth


def read_yolo_detections(files: Sequence[Path], truth: Truth) -> Detections:
    """Read what Ultralytics writes with `save_txt=True save_conf=True`.

    Raises:
        SliceError: For a bad line, with its number; an image that the ground truth lacks, or does not know the size of.
    """
    images, rows = truth.image_index, []
    for file in files:
        if file.stem not in images:
            raise SliceError(f"{file}: image {shown(file.stem)} is not in {truth.source}")
        image = images[file.stem]
        width, height = truth.wh[image].tolist()
        if not (math.isfinite(width) and math.isfinite(height)):
            raise SliceError(f"{file}: the size of its image is not known; give the data YAML as truth")
        rows += [
            _read_row(words, image, (width, height), len(truth.classes), f"{file}, line {line}")
            for line, words in read_lines(file)
        ]
    return build_detections(rows)


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


def _read_row(words: Sequence[str], image: int, wh: WH, class_count: int, place: str) -> DetectionRow:
    if len(words) != 6:
        hint = " (give save_conf=True when predicting)" if len(words) == 5 else ""
        raise SliceError(f"{place}: {len(words)} words instead of 6: class cx cy w h confidence{hint}")
    label = read_class(words[0], place)
    if label >= class_count:
        raise SliceError(f"{place}: class {label} is not one of the {class_count} classes, 0 to {class_count - 1}")
    box = read_box("yolo", words[1:5], place)
    if max(map(abs, box.numbers)) > 10:
        raise SliceError(f"{place}: {shown(words[1:5])} are not shares of the image's size")
    return DetectionRow(image, label, xywh_box(box.as_coco(wh), place), read_number(words[5], "confidence", place))
