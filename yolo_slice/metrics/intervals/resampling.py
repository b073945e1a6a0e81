"""AP of images drawn with replacement (the bootstrap: Efron 1979): how far AP could be from that of all such images."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from yolo_slice.errors import SliceError
from yolo_slice.metrics.coco import Found, Source
from yolo_slice.metrics.detections import Detections
from yolo_slice.metrics.formats.opening import read_both
from yolo_slice.metrics.intervals.match_records import MatchRecord, match_records
from yolo_slice.metrics.precision_curve import COCO_RECALLS, average_precision

NAMES = ("AP", "AP50", "AP_S")
SEED = 0
LEVEL = 0.95
CELLS = 2_000_000  # numbers at a time, so that memory stays small


@dataclass(frozen=True, slots=True, eq=False)
class Resamples:
    """AP of each draw of images; draws of one number of images are the same for all models.

    Attributes:
        images: Number of images.
        values: Name of a metric -> (B,) its value in each draw; nan where there was nothing to measure.
    """

    images: int
    values: Mapping[str, NDArray[np.float64]]

    @property
    def count(self) -> int:
        """Number of draws."""
        return len(self.values[NAMES[0]])

    def interval(self, name: str) -> tuple[float, float]:
        """Return the ends of a metric's interval: percentiles of the draws."""
        return _percentiles(self.values[name])

    def difference(self, other: "Resamples", name: str) -> tuple[float, float]:
        """Return the ends of the interval of this one's metric minus the other's, on the same images.

        Raises:
            SliceError: If they were not measured on the same number of images.
        """
        if self.images != other.images:
            raise SliceError(
                f"models measured on {self.images} and on {other.images} images cannot be compared by pairs"
            )
        return _percentiles(self.values[name] - other.values[name])


def resample(truth: Source, detections: Detections | Found, count: int = 1000) -> Resamples:
    """Draw as many images as there are, with replacement, many times; seeded.

    Args:
        truth: Ground truth, as for `evaluate_coco`.
        detections: Detections, as for `evaluate_coco`.
        count: How many times.

    Raises:
        SliceError: As `evaluate_coco`.

    Example:
        >>> truth = {name: {"objects": [{"name": "dog", "bbox": [1, 1, 10, 10]}]} for name in "abcdefgh"}
        >>> found = [{"image_id": name, "category_id": "dog", "bbox": [0, 0, 9, 9], "score": 0.9} for name in "abcdef"]
        >>> low, high = resample(truth, found).interval("AP50")  # found on six images of eight
        >>> round(low, 2), round(high, 2)
        (0.5, 1.0)
    """
    truth, found = read_both(truth, detections)
    images = len(truth.images)
    draws = draw_images(images, count)
    every, small = zip(
        *(map(resample_class, records, [draws] * 2) for records in match_records(truth, found)), strict=True
    )
    return Resamples(
        images, {"AP": mean_of(every), "AP50": mean_of([ap[:, :1] for ap in every]), "AP_S": mean_of(small)}
    )


def draw_images(images: int, count: int, seed: int = SEED) -> NDArray[np.float64]:
    """Return (count, images): how often each image is in each draw."""
    shares = np.full(images, 1 / max(images, 1))
    return np.random.default_rng(seed).multinomial(images, shares, size=count).astype(np.float64)


def resample_class(record: MatchRecord, draws: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return (B, T) AP of a class in each draw, at each IoU threshold; nan where it has no object."""
    step = max(CELLS // max(len(record.image), 1), 1)
    parts = [_resample(record, draws[first : first + step]) for first in range(0, len(draws), step)]
    return np.concatenate(parts)


def mean_of(aps: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Average (B, T) of several classes over the classes that have objects, and over the thresholds: (B,)."""
    total, known = np.zeros(len(aps[0])), np.zeros(len(aps[0]))
    for ap in aps:
        total += np.nansum(ap, axis=1)
        known += np.sum(~np.isnan(ap), axis=1)
    return np.divide(total, known, out=np.full_like(total, np.nan), where=known > 0)


def _resample(record: MatchRecord, draws: NDArray[np.float64]) -> NDArray[np.float64]:
    weights, objects = draws[:, record.image], draws @ record.objects
    columns = [
        average_precision(is_right[is_counted], weights[:, is_counted], objects, COCO_RECALLS)
        for is_right, is_counted in zip(record.is_right, record.is_counted, strict=True)
    ]
    return np.stack(columns, axis=1)


def _percentiles(values: NDArray[np.float64]) -> tuple[float, float]:
    known = values[~np.isnan(values)]
    if not len(known):
        return -1.0, -1.0
    low, high = np.quantile(known, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)
