"""Boxes in the files of other tools: corners as VOC has them, or left, top, width, height as COCO has them."""

from typing import Any

from yolo_slice.annotations.box import Corners, read_box
from yolo_slice.annotations.values import shown
from yolo_slice.errors import SliceError


def xywh_box(values: Any, place: str) -> Corners:
    """Read left, top, width and height, pixels.

    Raises:
        SliceError: If these are not four numbers that a box can have, or a side is negative.
    """
    x, y, w, h = read_box("coco", values, place).numbers
    if w < 0 or h < 0:
        raise SliceError(f"{place}: bbox {shown(values)} has a negative side")
    return x, y, w, h


def voc_box(values: Any, place: str) -> Corners:
    """Read VOC's corners (pixels from 1, both included), and return left, top, width and height as Truth has them.

    Raises:
        SliceError: If these are not four numbers, or the box ends before it begins.

    Example:
        >>> voc_box(["11", "21", "30", "60"], "a.txt, line 1")
        (10.0, 20.0, 19.0, 39.0)
    """
    xmin, ymin, xmax, ymax = read_box("voc", values, place).numbers
    if xmax < xmin - 1 or ymax < ymin - 1:
        raise SliceError(f"{place}: box {shown(list(values))} ends before it begins")
    return xmin - 1, ymin - 1, max(xmax - xmin, 0), max(ymax - ymin, 0)
