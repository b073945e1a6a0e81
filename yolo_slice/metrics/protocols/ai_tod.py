"""AI-TOD's AP and AR of tiny objects (Wang et al., ICPR 2020), as the authors' fork of pycocotools computes them."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from yolo_slice.metrics.coco import Found, Source, mean_known
from yolo_slice.metrics.coco_engine import Range, accumulate
from yolo_slice.metrics.detections import Detections
from yolo_slice.metrics.formats.opening import read_both
from yolo_slice.metrics.protocols.protocol import DETECTIONS, ProtocolMetrics
from yolo_slice.metrics.settings import Engine

# Ends in pixels, both included, as in COCO's own ranges. The paper's smallest objects have 2 px.
SIZES = {"": (0.0, 1e5), "_vt": (0.0, 8.0), "_t": (8.0, 16.0), "_s": (16.0, 32.0), "_m": (32.0, 1e5)}
RANGES: tuple[Range, ...] = tuple((low**2, high**2) for low, high in SIZES.values())
LIMITS = (1, 100, DETECTIONS["aitod"])
AP50, AP75 = 0, 5  # of the ten IoU thresholds


def evaluate_aitod(truth: Source, detections: Detections | Found, engine: Engine = "pycocotools") -> ProtocolMetrics:
    """Measure AP, AP50, AP75, AP of very tiny (below 8 px), tiny (8-16), small (16-32) and medium objects, and AR.

    COCO's rules but for the sizes and the limits: 1, 100 and 1500 detections of a class count, per image.

    Args:
        truth: As for `evaluate_coco`.
        detections: As for `evaluate_coco`; of a model, 1500 an image.
        engine: As for `evaluate_coco`.

    Raises:
        SliceError: For anything that cannot be read, with file and place.

    Example:
        >>> truth = {
        ...     "images": [{"id": 1}],
        ...     "categories": [{"id": 1, "name": "ship"}],
        ...     "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [10, 10, 10, 10]}],
        ... }
        >>> found = [{"image_id": 1, "category_id": 1, "bbox": [10, 10, 10, 8], "score": 0.9}]
        >>> values = evaluate_aitod(truth, found).values
        >>> round(values["AP"], 3), values["AP_t"] == values["AP"], values["AP_vt"]
        (0.7, True, -1.0)
    """
    known, found = read_both(truth, detections)
    counted = replace(known, is_crowd=known.is_crowd | known.is_difficult)
    precision, recall = accumulate(counted, found, RANGES, engine, LIMITS)
    has_objects = np.bincount(counted.label[~counted.is_crowd], minlength=len(counted.classes)) > 0
    return ProtocolMetrics(
        "AI-TOD",
        _summarise(precision, recall),
        {
            name: _summarise(precision[:, :, [k]], recall[:, [k]])
            for k, name in enumerate(counted.classes)
            if has_objects[k]
        },
    )


def _summarise(precision: NDArray[np.float64], recall: NDArray[np.float64]) -> dict[str, float]:
    """Average precision (T, R, K, A, M) and recall (T, K, A, M) over what there is."""
    by_size = {f"AP{size}": mean_known(precision[..., a, -1]) for a, size in enumerate(SIZES)}
    recalls = {f"AR_{limit}": mean_known(recall[:, :, 0, m]) for m, limit in enumerate(LIMITS)}
    return {
        "AP": by_size.pop("AP"),
        "AP50": mean_known(precision[AP50, :, :, 0, -1]),
        "AP75": mean_known(precision[AP75, :, :, 0, -1]),
        **by_size,
        **recalls,
        **{f"AR{size}": mean_known(recall[:, :, a, -1]) for a, size in enumerate(SIZES) if size},
    }
