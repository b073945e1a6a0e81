"""VisDrone's AP and AR (Zhu et al., TPAMI 2021), as the MATLAB toolkit of its detection challenge computes them."""

from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from yolo_slice.errors import SliceError
from yolo_slice.metrics.coco import Found, Source
from yolo_slice.metrics.coco_engine import evaluate_classes
from yolo_slice.metrics.detections import Detections
from yolo_slice.metrics.formats.opening import read_both
from yolo_slice.metrics.intervals.match_records import MatchRecord, make_record
from yolo_slice.metrics.protocols.ignored_regions import Boxes, is_ignored, split_regions
from yolo_slice.metrics.protocols.protocol import DETECTIONS, ProtocolMetrics
from yolo_slice.metrics.truth import Truth
from yolo_slice.metrics.voc import area_under_curve

LIMITS = (1, 10, 100, DETECTIONS["visdrone"])
AP50, AP75 = 0, 5  # of the ten IoU thresholds
NO_REGIONS = (
    "VisDrone: no ignored regions are known, so what is found in them counts as wrong; regions= names the folder of "
    "the data set's annotations."
)
EVERY_AREA = (0.0, np.inf)


def evaluate_visdrone(
    truth: Source, detections: Detections | Found, regions: str | Path | None = None
) -> ProtocolMetrics:
    """Measure AP, AP50, AP75 and AR at 1, 10, 100 and 500 detections.

    It differs from COCO in three ways. Objects and detections that lie by half or more in ignored regions are dropped.
    The limits count the most confident detections of an image, of all classes together. AP is the area under the curve
    of precision, not its mean at 101 recalls. Classes without objects are no part of a mean.

    Args:
        truth: As for `evaluate_coco`; objects of a class called ignored regions are regions, others are not measured.
        detections: As for `evaluate_coco`; of a model, 500 an image.
        regions: Folder of VisDrone's own annotations, one text file per image, of which the ignored regions (category
            0) are read; None: those of the ground truth.

    Raises:
        SliceError: For anything that cannot be read, with file and place.

    Example:
        >>> truth = {
        ...     "images": [{"id": 1}],
        ...     "categories": [{"id": 0, "name": "ignored regions"}, {"id": 4, "name": "car"}],
        ...     "annotations": [
        ...         {"id": 1, "image_id": 1, "category_id": 4, "bbox": [10, 10, 20, 20]},
        ...         {"id": 2, "image_id": 1, "category_id": 0, "bbox": [100, 10, 50, 50]},
        ...     ],
        ... }
        >>> inside = {"image_id": 1, "category_id": 4, "bbox": [110, 20, 20, 20], "score": 0.99}
        >>> found = {"image_id": 1, "category_id": 4, "bbox": [10, 10, 20, 16], "score": 0.9}
        >>> round(evaluate_visdrone(truth, [inside, found]).values["AP"], 3)
        0.7
    """
    known, found = read_both(truth, detections)
    objects, places = split_regions(known, None if regions is None else Path(regions))
    if not len(objects.label):
        raise SliceError(f"{known.source}: no objects, so nothing can be evaluated")
    counted, left = _outside(objects, found, places)
    matched = [_matched(counted, _most_confident(left, limit)) for limit in LIMITS]
    per_class = {
        counted.classes[k]: _summarise([records[k] for records in matched])
        for k in range(len(counted.classes))
        if matched[-1][k].objects.any()
    }
    names = next(iter(per_class.values()), {})
    values = {name: float(np.mean([own[name] for own in per_class.values()])) for name in names}
    return ProtocolMetrics("VisDrone", values, per_class, () if places else (NO_REGIONS,))


def _outside(truth: Truth, found: Detections, regions: dict[int, Boxes]) -> tuple[Truth, Detections]:
    """Drop what lies in ignored regions; ignored and difficult objects are treated as crowds are."""
    kept, left = (_is_outside(one.image, one.xywh, regions) for one in (truth, found))
    objects = {key: getattr(truth, key)[kept] for key in ("image", "label", "xywh", "area", "is_crowd", "is_difficult")}
    counted = replace(truth, **objects)
    rows = {key: getattr(found, key)[left] for key in ("image", "label", "xywh", "score")}
    return replace(counted, is_crowd=counted.is_crowd | counted.is_difficult), replace(found, **rows)


def _is_outside(image: NDArray[np.int64], xywh: Boxes, regions: dict[int, Boxes]) -> NDArray[np.bool_]:
    outside = np.ones(len(image), dtype=bool)
    for number, boxes in regions.items():
        rows = np.flatnonzero(image == number)
        outside[rows] = ~is_ignored(xywh[rows], boxes)
    return outside


def _most_confident(found: Detections, limit: int) -> Detections:
    """Keep the most confident detections of each image, of all classes together."""
    order = np.lexsort((-found.score, found.image))  # stable: equal ones keep their order
    starts = np.searchsorted(found.image[order], found.image[order], side="left")
    rows = np.sort(order[np.arange(len(order)) - starts < limit])
    return Detections(found.image[rows], found.label[rows], found.xywh[rows], found.score[rows])


def _matched(truth: Truth, found: Detections) -> list[MatchRecord]:
    """Match each class; the toolkit's matching is COCO's."""
    records = []
    for evaluation in evaluate_classes(truth, found, [EVERY_AREA], "pycocotools", LIMITS[-1:]):
        done = [one for one in evaluation.evalImgs if one]
        records.append(make_record(done, len(truth.images), len(evaluation.params.iouThrs)))
    return records


def _summarise(by_limit: list[MatchRecord]) -> dict[str, float]:
    """Return the numbers of one class, matched with each limit."""
    ap = [_average_precision(by_limit[-1], threshold) for threshold in range(len(by_limit[-1].is_right))]
    recalls = [float(np.mean(record.is_right.sum(1) / record.objects.sum())) for record in by_limit]
    return {
        "AP": float(np.mean(ap)),
        "AP50": ap[AP50],
        "AP75": ap[AP75],
        **{f"AR_{limit}": recall for limit, recall in zip(LIMITS, recalls, strict=True)},
    }


def _average_precision(record: MatchRecord, threshold: int) -> float:
    right = np.cumsum(record.is_right[threshold])
    counted = np.cumsum(record.is_counted[threshold])
    return area_under_curve(right / record.objects.sum(), right / np.maximum(counted, 1))
