"""Images to show in a report: which ones, and a small copy of each with its boxes, as a data URL."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageOps

from yolo_slice.annotations.record import Item
from yolo_slice.image_files import image_url

SIDE = 420  # px of the longer side
JPEG_QUALITY = 80
USUAL, FAULT = "#1f9e89", "#e8590c"  # told apart by colour-blind readers, too; the fault is also drawn thicker
LEAST = 9  # px at which even a box without area can be seen


@dataclass(frozen=True, slots=True)
class Example:
    """An image to show.

    Attributes:
        kind: The kind of fault, or the name of a split.
        image: The file.
        wh: Its size.
        items: All its objects, also unusable ones.
        number: The object at fault; None if it is the image.
    """

    kind: str
    image: Path
    wh: tuple[int, int]
    items: tuple[Item, ...]
    number: int | None


def picture_url(example: Example) -> str:
    """Draw an example; the object at fault last, in its own colour."""
    with Image.open(example.image) as source:
        image = ImageOps.exif_transpose(source).convert("RGB")
    image.thumbnail((SIDE, SIDE))
    if max(example.wh) < SIDE:
        scale = SIDE / max(example.wh)
        image = image.resize((max(1, round(image.width * scale)), max(1, round(image.height * scale))))
    draw = ImageDraw.Draw(image)
    for item in sorted(example.items, key=lambda item: item.number == example.number):
        is_fault = item.number == example.number
        corners = _shown(item.box.xyxy(example.wh), example.wh, image.size)
        draw.rectangle(corners, outline=FAULT if is_fault else USUAL, width=4 if is_fault else 1)
    return image_url(np.asarray(image)[..., ::-1], JPEG_QUALITY)


def _shown(
    xyxy: tuple[float, float, float, float], wh: tuple[int, int], shown: tuple[int, int]
) -> tuple[float, float, float, float]:
    """Scale a box to the picture, at least so large that it can be seen, and at most a little beyond the border."""
    (x1, y1, x2, y2), (fx, fy) = xyxy, (shown[0] / wh[0], shown[1] / wh[1])
    left, right = sorted((_limit(x1 * fx, shown[0]), _limit(x2 * fx, shown[0])))
    top, bottom = sorted((_limit(y1 * fy, shown[1]), _limit(y2 * fy, shown[1])))
    wide, high = max(0, LEAST - (right - left)) / 2, max(0, LEAST - (bottom - top)) / 2
    return left - wide, top - high, right + wide, bottom + high


def _limit(value: float, end: int) -> float:
    return min(max(value, -LEAST), end + LEAST)
