"""Detections on a set of images, as arrays."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class DetectionRow(NamedTuple):
    """One detection: numbers of its image and class, its box and its confidence."""

    image: int
    label: int
    xywh: tuple[float, float, float, float]
    score: float


@dataclass(frozen=True, slots=True, eq=False)
class Detections:
    """Boxes found, one element of each array per detection, in the order of the source (equal scores keep it).

    Attributes:
        image: (N,) Index into the images of the ground truth that they were read against.
        label: (N,) Index into its classes.
        xywh: (N, 4) Left, top, width, height, pixels, as in Truth.
        score: (N,) Confidence.
        looked_for: Indices of the classes that the source has results for, found or not; None: all.
    """

    image: NDArray[np.int64]
    label: NDArray[np.int64]
    xywh: NDArray[np.float64]
    score: NDArray[np.float64]
    looked_for: frozenset[int] | None = None


def build_detections(rows: Iterable[DetectionRow], looked_for: frozenset[int] | None = None) -> Detections:
    """Turn rows into arrays.

    Example:
        >>> build_detections([DetectionRow(0, 0, (10, 20, 4, 5), 0.9)]).score.tolist()
        [0.9]
    """
    rows = list(rows)
    return Detections(
        np.array([row.image for row in rows], dtype=np.int64),
        np.array([row.label for row in rows], dtype=np.int64),
        np.array([row.xywh for row in rows], dtype=np.float64).reshape(-1, 4),
        np.array([row.score for row in rows], dtype=np.float64),
        looked_for,
    )
