"""Pictures with boxes on them, and sheets of such pictures under a line of text."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from yolo_slice.demo.scene import NAMES

Image = NDArray[np.uint8]
COLOURS = {"boat": (255, 214, 64), "car": (72, 84, 255), "tree": (96, 255, 170)}  # BGR
INK, PAPER = (40, 40, 40), (250, 250, 250)
ZOOM = 1.5
GAP_PX = 8
LINE_PX = 34


@dataclass(frozen=True, slots=True)
class Box:
    """A thing in a picture, by hand or by a detector; xyxy in pixels."""

    name: str
    xyxy: tuple[float, float, float, float]


def draw_boxes(image: Image, boxes: Sequence[Box], zoom: float = ZOOM) -> Image:
    """Return the picture enlarged, with the boxes in their class's colour."""
    large = cv2.resize(image, None, fx=zoom, fy=zoom, interpolation=cv2.INTER_CUBIC)
    for box in boxes:
        x1, y1, x2, y2 = (round(v * zoom) for v in box.xyxy)
        cv2.rectangle(large, (x1 - 1, y1 - 1), (x2, y2), COLOURS[box.name], 1)
    return np.asarray(large, np.uint8)


def write_line(width: int, text: str, boxes: Sequence[Box] = ()) -> Image:
    """Return a strip of paper with a text and, at its right, the classes in their colours and the boxes of each."""
    strip = np.full((LINE_PX, width, 3), PAPER, np.uint8)
    _write(strip, text, GAP_PX)
    x = width
    for name in reversed(NAMES):
        number = sum(box.name == name for box in boxes)
        entry = f"{name} {number}" if boxes else name
        x -= _width(entry) + 40
        cv2.rectangle(strip, (x, 11), (x + 12, 23), COLOURS[name], -1)
        cv2.rectangle(strip, (x, 11), (x + 12, 23), INK, 1)
        _write(strip, entry, x + 18)
    return strip


def make_sheet(parts: Mapping[str, Sequence[Image]], columns: int = 3) -> Image:
    """Put pictures of one size in rows, each part under its text."""
    strips = []
    for text, images in parts.items():
        rows = [_make_row(images[i : i + columns], columns) for i in range(0, len(images), columns)]
        strips += [write_line(rows[0].shape[1], text), *rows]
    return np.vstack(strips)


def _make_row(images: Sequence[Image], columns: int) -> Image:
    """Put pictures side by side on paper, with gaps around them."""
    h, w = images[0].shape[:2]
    row = np.full((h + GAP_PX, columns * (w + GAP_PX) + GAP_PX, 3), PAPER, np.uint8)
    for i, image in enumerate(images):
        left = GAP_PX + i * (w + GAP_PX)
        row[:h, left : left + w] = image
    return row


def _write(strip: Image, text: str, x: int) -> None:
    cv2.putText(strip, text, (x, 23), cv2.FONT_HERSHEY_SIMPLEX, 0.5, INK, 1, cv2.LINE_AA)


def _width(text: str) -> int:
    return cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, 0.5, 1)[0][0]
