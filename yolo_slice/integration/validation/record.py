"""What a validation of Ultralytics found, and the labels that it was compared with, as arrays."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class ValidationRecord:
    """A finished validation: what it found, and what that was compared with.

    Attributes:
        images: Image files, sorted.
        wh: (len(images), 2) Width and height, pixels.
        names: Class names.
        root: The data set's folder.
        split: Which part of the data set.
        annotations: COCO JSON of the split, if the data YAML names one.
        kept: Classes that count (`classes=`); None: all.
        is_single: All classes were taken for one (`single_cls=`).
        label_image, label_class, label_xywhn: The labels: image and class number, and centre, width and height over
            the image's size.
        found_image, found_class, found_xyxy, found_score: The detections: image and class number, corners in pixels,
            confidence.
        folder: The run's folder.
        settings: The settings that the numbers depend on.
    """

    images: tuple[Path, ...]
    wh: NDArray[np.float64]
    names: tuple[str, ...]
    root: Path
    split: str
    annotations: Path | None
    kept: tuple[int, ...] | None
    is_single: bool
    label_image: NDArray[np.int64]
    label_class: NDArray[np.int64]
    label_xywhn: NDArray[np.float64]
    found_image: NDArray[np.int64]
    found_class: NDArray[np.int64]
    found_xyxy: NDArray[np.float64]
    found_score: NDArray[np.float64]
    folder: Path
    settings: Mapping[str, Any]
