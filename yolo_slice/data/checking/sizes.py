"""How large the objects are, as annotated and as the model sees them."""

import math
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from yolo_slice.annotations.record import Item, Record

# Sides in pixels: the square root of the area. 32 and 96 are COCO's limits of small, medium and large.
EDGES = (0, 8, 16, 32, 64, 96)
SMALL, LARGE = 32, 96


@dataclass(slots=True)
class Sizes:
    """Numbers of objects by size.

    Attributes:
        imgsz: Side in pixels to which Ultralytics scales the longer side of every image.
        original: Objects by the lower edge of their bin, in the image's own pixels.
        scaled: The same at imgsz.
    """

    imgsz: int
    original: Counter[int] = field(default_factory=Counter)
    scaled: Counter[int] = field(default_factory=Counter)

    def add(self, record: Record) -> None:
        """Count an image's objects."""
        scale = self.imgsz / max(record.wh)
        for item in record.items:
            side = object_side(item, record.wh)
            self.original[find_bin(side)] += 1
            self.scaled[find_bin(side * scale)] += 1

    def rows(self) -> Iterator[tuple[str, int, int]]:
        """Give the bins, with the number of objects in the image's pixels and at imgsz."""
        for low, high in zip(EDGES, (*EDGES[1:], None), strict=True):
            yield f"{low}-{high}" if high else f"{low}+", self.original[low], self.scaled[low]

    def shares(self) -> dict[str, tuple[float, float]]:
        """Give the shares of COCO's small, medium and large objects, in the image's pixels and at imgsz."""
        return {
            "small": (_share(self.original, 0, SMALL), _share(self.scaled, 0, SMALL)),
            "medium": (_share(self.original, SMALL, LARGE), _share(self.scaled, SMALL, LARGE)),
            "large": (_share(self.original, LARGE, math.inf), _share(self.scaled, LARGE, math.inf)),
        }


def object_side(item: Item, wh: tuple[int, int]) -> float:
    """Return the square root of an object's area in pixels: COCO's area where it is known, else the clipped box's."""
    if item.area is not None and item.area > 0:
        return math.sqrt(item.area)
    x1, y1, x2, y2 = item.box.clip(wh).xyxy(wh)
    return math.sqrt((x2 - x1) * (y2 - y1))


def find_bin(side: float) -> int:
    """Return the lower edge of a side's bin.

    Example:
        >>> [find_bin(side) for side in (0.5, 8, 31.9, 32, 500)]
        [0, 8, 16, 32, 96]
    """
    return EDGES[bisect_right(EDGES, side) - 1]


def _share(counts: Counter[int], low: float, high: float) -> float:
    total = sum(counts.values())
    return sum(count for edge, count in counts.items() if low <= edge < high) / total if total else 0.0
