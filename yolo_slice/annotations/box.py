"""A box in the numbers of the file that it is from, and the same box in the numbers of the other formats.

All conversions are translations and scalings of the box with corners (x1, y1, x2, y2) in pixels from the image's
left upper corner, so they can be done in any order and back:

- VOC: xmin = x1 + 1, xmax = x2 + 1. That is the convention of the host's VOC.yaml, whose centre is (min + max)/2 - 1
  and whose side is max - min. An image of width w has the pixels 1 to w.
- COCO: bbox = x1, y1, x2 - x1, y2 - y1.
- YOLO: centre x and y, width, height, over the image's width and height.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Corners = tuple[float, float, float, float]
WH = tuple[float, float]

DECIMALS = 6  # VOC and COCO numbers made from another format's are rounded to a millionth of a pixel
TOLERANCE_PX = 1  # files that count from 0 instead of 1 are off by one at the borders; that is not worth a line
ROUNDING = 1e-5  # of a side: rows of five decimals reach that far beyond the border
SIDES = ("xmin", "ymin", "xmax", "ymax")


@dataclass(frozen=True, slots=True)
class Box:
    """Four numbers and the convention that they follow; finite.

    Attributes:
        convention: Whose numbers they are.
        numbers: xmin, ymin, xmax, ymax (VOC); x, y, width, height (COCO); centre x, y, width, height over w, h (YOLO).

    Example:
        >>> box = Box("voc", (11, 21, 31, 61))
        >>> box.xyxy((100, 200))
        (10, 20, 30, 60)
        >>> box.as_coco((100, 200))
        (10, 20, 20, 40)
        >>> box.as_yolo((100, 200))
        (0.2, 0.2, 0.2, 0.2)
    """

    convention: Literal["voc", "coco", "yolo"]
    numbers: Corners

    def __str__(self) -> str:
        if self.convention == "voc":
            return " ".join(f"{side}={value:.10g}" for side, value in zip(SIDES, self.numbers, strict=True))
        return f"{'bbox' if self.convention == 'coco' else 'x y w h'} {' '.join(f'{n:.10g}' for n in self.numbers)}"

    def xyxy(self, wh: WH) -> Corners:
        """Return the corners in pixels from the image's left upper corner."""
        a, b, c, d = self.numbers
        if self.convention == "voc":
            return a - 1, b - 1, c - 1, d - 1
        if self.convention == "coco":
            return a, b, a + c, b + d
        w, h = wh
        return (a - c / 2) * w, (b - d / 2) * h, (a + c / 2) * w, (b + d / 2) * h

    def as_voc(self, wh: WH) -> Corners:
        """Return xmin, ymin, xmax, ymax."""
        if self.convention == "voc":
            return self.numbers
        x1, y1, x2, y2 = self.xyxy(wh)
        return _rounded((x1 + 1, y1 + 1, x2 + 1, y2 + 1))

    def as_coco(self, wh: WH) -> Corners:
        """Return x, y, width, height in pixels."""
        if self.convention == "coco":
            return self.numbers
        x1, y1, x2, y2 = self.xyxy(wh)
        return _rounded((x1, y1, x2 - x1, y2 - y1))

    def as_yolo(self, wh: WH) -> Corners:
        """Return centre x, centre y, width, height over the image's."""
        if self.convention == "yolo":
            return self.numbers
        (x1, y1, x2, y2), (w, h) = self.xyxy(wh), wh
        return (x1 + x2) / 2 / w, (y1 + y2) / 2 / h, (x2 - x1) / w, (y2 - y1) / h

    def clip(self, wh: WH) -> "Box":
        """Cut the box to its image; one that lies inside stays as it is.

        Example:
            >>> Box("voc", (0, 5, 120, 20)).clip((100, 50))
            Box(convention='voc', numbers=(1, 5, 100, 20))
        """
        cut = self._cut(wh)
        (w, h), xyxy = wh, self._corners(wh)
        slack = ROUNDING if self.convention == "yolo" else 0
        if all(abs(a - b) <= slack * side for a, b, side in zip(cut, xyxy, (w, h, w, h), strict=True)):
            return self
        if self.convention == "voc":
            return Box("voc", cut)
        x1, y1, x2, y2 = cut
        return Box("coco", _rounded((x1, y1, x2 - x1, y2 - y1)))

    def find_fault(self, wh: WH) -> str:
        """Name the kind of what is wrong with the box; "" if nothing.

        Example:
            >>> Box("voc", (90, 10, 120, 20)).find_fault((100, 50))
            'box-beyond-image'
        """
        left, top, right, bottom = self._corners(wh)
        if right <= left or bottom <= top:
            return "degenerate-box"
        x1, y1, x2, y2 = self._cut(wh)
        if x2 <= x1 or y2 <= y1:
            return "outside-box"
        beyond = max(-left, -top, right - wh[0], bottom - wh[1]) > TOLERANCE_PX
        return "box-beyond-image" if beyond else ""

    def _corners(self, wh: WH) -> Corners:
        """Return the corners in pixels, in the convention's own count."""
        return self.numbers if self.convention == "voc" else self.xyxy(wh)

    def _cut(self, wh: WH) -> Corners:
        low = 1 if self.convention == "voc" else 0
        (x1, y1, x2, y2), (w, h) = self._corners(wh), wh
        return _limit(x1, low, w), _limit(y1, low, h), _limit(x2, low, w), _limit(y2, low, h)


def label_row(class_id: int, box: Box, wh: WH) -> str:
    """Write a box as a row of a YOLO label file, with nine significant digits: as many as the host's float32 can hold.

    Example:
        >>> label_row(3, Box("voc", (11, 21, 31, 61)), (100, 200))
        '3 0.2 0.2 0.2 0.2'
    """
    return " ".join((str(class_id), *(f"{number:.9g}" for number in box.clip(wh).as_yolo(wh))))


def voc_corners(box: Box, wh: WH) -> Corners:
    """Return the corners for a VOC file, whose pixels end at w and h.

    A box at the right or lower border loses up to the one pixel by which VOC's count is shifted; a box that would
    vanish keeps it.

    Example:
        >>> voc_corners(Box("coco", (0, 0, 100, 50)), (100, 50))
        (1, 1, 100, 50)
    """
    clipped = box.clip(wh)
    xmin, ymin, xmax, ymax = clipped.as_voc(wh)
    if clipped.convention == "voc":
        return clipped.numbers
    xmax = wh[0] if xmin < wh[0] < xmax else xmax
    ymax = wh[1] if ymin < wh[1] < ymax else ymax
    return max(xmin, 1), max(ymin, 1), xmax, ymax


def _rounded(numbers: Corners) -> Corners:
    a, b, c, d = (round(number, DECIMALS) for number in numbers)
    return a, b, c, d


def _limit(value: float, low: float, high: float) -> float:
    return min(max(value, low), high)


def is_finite(numbers: Iterable[float]) -> bool:
    """Tell whether all are numbers that a box can have."""
    return all(math.isfinite(number) and abs(number) < 1e9 for number in numbers)
