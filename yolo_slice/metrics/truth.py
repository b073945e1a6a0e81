"""Annotated objects of a set of images, as arrays: what every reader makes and every evaluator takes."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

MASK_AREA, BOX_AREA = "segmentation area", "box area"


class TruthRow(NamedTuple):
    """One annotated object: numbers of its image and class, its box, and how it counts."""

    image: int
    label: int
    xywh: tuple[float, float, float, float]
    area: float | None = None
    is_crowd: bool = False
    is_difficult: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Truth:
    """The annotated objects of `images`, one element of each array per object.

    Boxes are left, top, width, height in pixels, as COCO and the training labels have them; only VOC's matching adds
    the pixel by which VOC's sides are longer.

    Attributes:
        images: Name of each image.
        classes: Name of each class.
        image: (N,) Index into images.
        label: (N,) Index into classes.
        xywh: (N, 4) Boxes, pixels.
        area: (N,) What decides an object's size, pixels squared; see area_kind.
        is_crowd: (N,) COCO's crowd regions: detections in them count neither for nor against.
        is_difficult: (N,) VOC's difficult objects.
        wh: (len(images), 2) Width and height of each image, pixels; nan where the source does not say.
        files: Each image's file, None where it is not known; empty if none is.
        aliases: Other names by which detections may call an image.
        image_ids: COCO's image id, as text -> index into images, where the source knows ids.
        has_own_ids: Whether detections are sure to use these ids wherever they can: in COCO JSON they are the rule.
        category_ids: The ways in which a number may name a class: each maps numbers to indices into classes.
        area_kind: "segmentation area" or "box area".
        knows_difficult: False where the source cannot say which objects are difficult.
        source: Where it comes from, for messages and reports.
    """

    images: tuple[str, ...]
    classes: tuple[str, ...]
    image: NDArray[np.int64]
    label: NDArray[np.int64]
    xywh: NDArray[np.float64]
    area: NDArray[np.float64]
    is_crowd: NDArray[np.bool_]
    is_difficult: NDArray[np.bool_]
    wh: NDArray[np.float64]
    files: tuple[Path | None, ...] = ()
    aliases: Mapping[str, int] = field(default_factory=dict)
    image_ids: Mapping[str, int] = field(default_factory=dict)
    has_own_ids: bool = False
    category_ids: Sequence[Mapping[int, int]] = ()
    area_kind: str = BOX_AREA
    knows_difficult: bool = True
    source: str = "truth"

    @property
    def image_index(self) -> dict[str, int]:
        """Map every name of an image to its index; 000012 is also called 12, as in Ultralytics' results."""
        named = {name: index for index, name in enumerate(self.images)}
        stems = {**self.aliases, **named}
        bare = {
            str(int(name)): index
            for name, index in stems.items()
            if name.isascii() and name.isdecimal() and len(name) < 20
        }
        return {**bare, **stems}


def build_truth(
    images: Sequence[str],
    classes: Sequence[str],
    rows: Iterable[TruthRow],
    wh: Iterable[tuple[float, float]] | None = None,
    **facts: object,
) -> Truth:
    """Turn rows into arrays.

    Args:
        images: Name of each image.
        classes: Name of each class.
        rows: The objects; one without an area gets its box's.
        wh: Size of each image, pixels; None if unknown.
        **facts: Further attributes of Truth.

    Example:
        >>> truth = build_truth(["a"], ["dog"], [TruthRow(0, 0, (10, 20, 4, 5))])
        >>> truth.area.tolist(), truth.area_kind
        ([20.0], 'box area')
    """
    rows = list(rows)
    xywh = np.array([row.xywh for row in rows], dtype=np.float64).reshape(-1, 4)
    box_areas = xywh[:, 2] * xywh[:, 3]
    areas = [box_area if row.area is None else row.area for row, box_area in zip(rows, box_areas.tolist(), strict=True)]
    area = np.array(areas, dtype=np.float64)
    return Truth(
        tuple(images),
        tuple(classes),
        np.array([row.image for row in rows], dtype=np.int64),
        np.array([row.label for row in rows], dtype=np.int64),
        xywh,
        area,
        np.array([row.is_crowd for row in rows], dtype=bool),
        np.array([row.is_difficult for row in rows], dtype=bool),
        np.full((len(images), 2), np.nan) if wh is None else np.array(list(wh), dtype=np.float64).reshape(-1, 2),
        area_kind=MASK_AREA if (np.abs(area - box_areas) > 0.5).any() else BOX_AREA,
        **facts,  # pyright: ignore[reportArgumentType]  checked by Truth's own signature
    )


def unambiguous(names: Iterable[tuple[str, int]]) -> dict[str, int]:
    """Keep the names that are of one image only.

    Example:
        >>> unambiguous([("a", 0), ("b", 0), ("a", 1), ("", 2)])
        {'b': 0}
    """
    images: dict[str, set[int]] = {}
    for name, image in names:
        images.setdefault(name, set()).add(image)
    return {name: numbers.pop() for name, numbers in images.items() if name and len(numbers) == 1}
