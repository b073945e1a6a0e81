"""A box in the numbers of the file that it is from, and the same box in the numbers of the other formats.

All conversions are translations and scalings of the box with corners (x1, y1, x2, y2) in pixels from the image's
left upper corner, so they can be done in any order and back:

- VOC: xmin = x1 + 1, xmax = x2 + 1. That is the convention of Ultralytics' VOC.yaml, whose centre is (min + max)/2 - 1
  and whose side is max - min. An image of width w has the pixels 1 to w. Only VOC's own evaluation counts both corner
  pixels, so that a side is max - min + 1.
- COCO: bbox = x1, y1, x2 - x1, y2 - y1.
- YOLO: centre x and y, width, height, over the image's width and height.
"""

from dataclasses import dataclass
from typing import Any, Literal

from yolo_slice.annotations.values import at, read_number, shown
from yolo_slice.errors import SliceError

Convention = Literal["voc", "coco", "yolo"]
Corners = tuple[float, float, float, float]
WH = tuple[float, float]

DECIMALS = 6  # VOC and COCO numbers made from another format's are rounded to a millionth of a pixel
TOLERANCE_PX = 1  # files that count from 0 instead of 1 are off by one at the borders; that is not worth a line
ROUNDING = 1e-5  # of a side: rows of five decimals reach that far beyond the border
LARGEST = 1e7  # beyond it a number is no pixel coordinate, and areas lose their precision
NUMBERS = {int, float}
SIDES = ("xmin", "ymin", "xmax", "ymax")
NAMES = {
    "voc": ("box", SIDES),
    "coco": ("bbox", ("x", "y", "width", "height")),
    "yolo": ("x y w h", ("x", "y", "w", "h")),
}


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

    convention: Convention
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
        (w, h), xyxy = wh, self._corners(wh)
        cut = self._cut(xyxy, wh)
        slack = ROUNDING if self.convention == "yolo" else 0
        if cut is xyxy or all(abs(a - b) <= slack * side for a, b, side in zip(cut, xyxy, (w, h, w, h), strict=True)):
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
        left, top, right, bottom = corners = self._corners(wh)
        if right <= left or bottom <= top:
            return "degenerate-box"
        x1, y1, x2, y2 = cut = self._cut(corners, wh)
        if cut is corners:
            return ""
        if x2 <= x1 or y2 <= y1:
            return "outside-box"
        beyond = max(-left, -top, right - wh[0], bottom - wh[1]) > TOLERANCE_PX
        return "box-beyond-image" if beyond else ""

    def _corners(self, wh: WH) -> Corners:
        """Return the corners in pixels, in the convention's own count."""
        return self.numbers if self.convention == "voc" else self.xyxy(wh)

    def _cut(self, corners: Corners, wh: WH) -> Corners:
        """Limit corners to the image; those inside, which are nearly all, are given back themselves."""
        low = 1 if self.convention == "voc" else 0
        (x1, y1, x2, y2), (w, h) = corners, wh
        if low <= x1 <= x2 <= w and low <= y1 <= y2 <= h:
            return corners
        return _limit(x1, low, w), _limit(y1, low, h), _limit(x2, low, w), _limit(y2, low, h)


def _rounded(numbers: Corners) -> Corners:
    a, b, c, d = numbers
    return round(a, DECIMALS), round(b, DECIMALS), round(c, DECIMALS), round(d, DECIMALS)


def _limit(value: float, low: float, high: float) -> float:
    return min(max(value, low), high)


def read_box(convention: Convention, values: Any, place: str = "") -> Box:
    """Read four numbers of a file.

    Args:
        convention: Whose they are.
        values: A sequence of numbers, or of their texts.
        place: Where they are, for a message.

    Raises:
        SliceError: If these are not four numbers that a box can have.

    Example:
        >>> read_box("voc", ["11", "21", "30.5", "60"], "a.txt, line 1").numbers
        (11.0, 21.0, 30.5, 60.0)
    """
    what, sides = NAMES[convention]
    if not isinstance(values, (list, tuple)) or len(values) != 4:
        raise SliceError(f"{at(place)}{what} is {shown(values)}, not {', '.join(sides)}")
    a, b, c, d = values
    if NUMBERS.issuperset(map(type, values)) and (  # nearly all are so; nan is not
        -LARGEST <= a <= LARGEST and -LARGEST <= b <= LARGEST and -LARGEST <= c <= LARGEST and -LARGEST <= d <= LARGEST
    ):
        return Box(convention, (a, b, c, d))
    a, b, c, d = [read_number(value, side, place) for value, side in zip(values, sides, strict=True)]
    if max(map(abs, (a, b, c, d))) > LARGEST:
        raise SliceError(f"{at(place)}{what} {shown(list(values))} is not in pixels")
    return Box(convention, (a, b, c, d))
