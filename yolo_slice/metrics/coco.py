"""COCO's twelve numbers for any ground truth and any detections, and AP by object size in bins of one's own."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from yolo_slice.errors import SliceError
from yolo_slice.metrics.coco_engine import MAX_DETS, Range, accumulate
from yolo_slice.metrics.detections import Detections
from yolo_slice.metrics.formats.opening import read_both
from yolo_slice.metrics.settings import Engine
from yolo_slice.metrics.truth import Truth

ALL, SMALL, MEDIUM, LARGE = range(4)
COCO_RANGES: tuple[Range, ...] = ((0.0, 1e5**2), (0.0, 32.0**2), (32.0**2, 96.0**2), (96.0**2, 1e5**2))
# name -> IoU threshold's index (None: all ten), area range, index into MAX_DETS
AVERAGE_PRECISIONS = {
    "AP": (None, ALL, 2),
    "AP50": (0, ALL, 2),
    "AP75": (5, ALL, 2),
    "AP_S": (None, SMALL, 2),
    "AP_M": (None, MEDIUM, 2),
    "AP_L": (None, LARGE, 2),
}
AVERAGE_RECALLS = {
    "AR_1": (ALL, 0),
    "AR_10": (ALL, 1),
    "AR_100": (ALL, 2),
    "AR_S": (SMALL, 2),
    "AR_M": (MEDIUM, 2),
    "AR_L": (LARGE, 2),
}
NAMES = (*AVERAGE_PRECISIONS, *AVERAGE_RECALLS)
Source = Truth | str | Path | Mapping[str, Any]
Found = str | Path | Sequence[Mapping[str, Any]] | Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class SizeBin:
    """AP of the objects of one size; the size is the square root of the area.

    Attributes:
        low_px: Smallest size, included.
        high_px: Largest size, excluded; inf in the last bin.
        objects: Annotated objects of this size, crowds not counted.
        ap: AP over IoU 0.50:0.95; -1 if there is no such object.
        ap50: AP at IoU 0.50; -1 if there is no such object.
    """

    low_px: float
    high_px: float
    objects: int
    ap: float
    ap50: float

    @property
    def title(self) -> str:
        """Name the bin as an axis does.

        Example:
            >>> SizeBin(96, float("inf"), 0, -1, -1).title
            '96+'
        """
        return f"{self.low_px:g}+" if self.high_px == float("inf") else f"{self.low_px:g}-{self.high_px:g}"


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class CocoMetrics(Mapping[str, float]):
    """COCO's numbers: a mapping AP AP50 AP75 AP_S AP_M AP_L AR_1 AR_10 AR_100 AR_S AR_M AR_L -> 0 to 1.

    As in COCO, -1 means that there is nothing to measure: no object of that size, or of that class.

    Attributes:
        values_by_name: What the mapping holds.
        per_class: The same for each class on its own.
        objects: Annotated objects per class, crowds not counted.
        sizes: AP by object size, if asked for.
        area: What decides an object's size: "segmentation area" or "box area".
        images: Number of images.
        detections: Number of detections.
        engine: The library that computed it.
    """

    values_by_name: dict[str, float]
    per_class: dict[str, dict[str, float]]
    objects: dict[str, int]
    sizes: tuple[SizeBin, ...]
    area: str
    images: int
    detections: int
    engine: str

    def __getitem__(self, name: str) -> float:
        return self.values_by_name[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.values_by_name)

    def __len__(self) -> int:
        return len(self.values_by_name)

    def __repr__(self) -> str:
        values = ", ".join(f"{name}={value:.4f}" for name, value in self.items())
        return f"CocoMetrics({values}, area={self.area!r})"


def evaluate_coco(
    truth: Source,
    detections: Detections | Found,
    engine: Engine = "pycocotools",
    sizes: Sequence[float] = (),
) -> CocoMetrics:
    """Measure COCO's AP and AR of boxes (Lin et al. 2014; maxDets 1, 10 and 100).

    Args:
        truth: COCO JSON as a path or its content; or any other kind that `read_truth` knows. VOC's difficult
            objects count as COCO's crowds: neither for nor against.
        detections: COCO results as a path or a list; or any other kind that `read_detections` knows. None at all is
            allowed and gives zeros.
        engine: "pycocotools", the reference; "faster-coco-eval", which must be installed and gives the same digits.
        sizes: Edges of further size bins, pixels (square root of the area), for example SIZES_PX.

    Raises:
        SliceError: For anything that cannot be read, with file and place; an image or category id that is not in the
            ground truth; an id given twice.

    Example:
        >>> truth = {
        ...     "images": [{"id": 1}],
        ...     "categories": [{"id": 1, "name": "dog"}],
        ...     "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [10, 10, 20, 20]}],
        ... }
        >>> found = [{"image_id": 1, "category_id": 1, "bbox": [10, 10, 20, 16], "score": 0.9}]
        >>> metrics = evaluate_coco(truth, found)  # IoU 0.8: right at 7 of the 10 thresholds
        >>> round(metrics["AP"], 3), metrics["AP_S"] == metrics["AP"], metrics["AP_L"], metrics.area
        (0.7, True, -1.0, 'box area')
    """
    truth, found = read_both(truth, detections)
    bins = size_ranges(sizes)
    if not truth.classes:
        raise SliceError(f"{truth.source}: no classes, so nothing can be evaluated")
    crowd = truth.is_crowd | truth.is_difficult
    precision, recall = accumulate(replace(truth, is_crowd=crowd), found, (*COCO_RANGES, *bins), engine)
    every = np.arange(len(truth.classes))
    return CocoMetrics(
        _summarize(precision, recall, every),
        {name: _summarize(precision, recall, every[k : k + 1]) for k, name in enumerate(truth.classes)},
        {name: int(np.sum((truth.label == k) & ~crowd)) for k, name in enumerate(truth.classes)},
        tuple(_size_bin(index, sizes, bins, precision, truth.area[~crowd]) for index in range(len(bins))),
        truth.area_kind,
        len(truth.images),
        len(found.score),
        engine,
    )


def size_ranges(sizes: Sequence[float]) -> list[Range]:
    """Turn bin edges into area ranges that share no area: COCOeval includes both ends, so the upper one is lowered.

    Raises:
        SliceError: If the edges do not rise from 0 or more.

    Example:
        >>> [(low, round(high, 6)) for low, high in size_ranges([0, 8, 16])]
        [(0, 64.0), (64, 256.0), (256, 10000000000.0)]
    """
    if any(not 0 <= edge < 1e5 for edge in sizes) or any(a >= b for a, b in pairwise(sizes)):
        raise SliceError(f"sizes must rise, from 0 to below 100000 pixels: {', '.join(f'{edge:g}' for edge in sizes)}")
    ends = [float(np.nextafter(edge**2, 0)) for edge in sizes[1:]]
    return [(low**2, high) for low, high in zip(sizes, [*ends, 1e5**2], strict=False)]


def _summarize(
    precision: NDArray[np.float64], recall: NDArray[np.float64], classes: NDArray[np.int64]
) -> dict[str, float]:
    """Average over what there is, as COCOeval.summarize does."""
    precision, recall = precision[:, :, classes], recall[:, classes]
    values = {
        name: mean_known(precision[slice(None) if t is None else t, ..., a, m])
        for name, (t, a, m) in AVERAGE_PRECISIONS.items()
    }
    return {**values, **{name: mean_known(recall[:, :, a, m]) for name, (a, m) in AVERAGE_RECALLS.items()}}


def mean_known(values: NDArray[np.float64]) -> float:
    """Average what is not -1, which stands for "nothing to measure" and is returned if there is nothing else."""
    known = values[values > -1]
    return float(np.mean(known)) if known.size else -1.0


def _size_bin(
    index: int,
    sizes: Sequence[float],
    ranges: Sequence[Range],
    precision: NDArray[np.float64],
    areas: NDArray[np.float64],
) -> SizeBin:
    low, high = ranges[index]
    of_bin = precision[:, :, :, len(COCO_RANGES) + index, len(MAX_DETS) - 1]
    return SizeBin(
        float(sizes[index]),
        float(sizes[index + 1]) if index + 1 < len(sizes) else float("inf"),
        int(np.sum((areas >= low) & (areas <= high))),
        mean_known(of_bin),
        mean_known(of_bin[0]),
    )
