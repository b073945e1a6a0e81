"""What COCO's matching found, detection by detection, so that AP can be computed again for other sets of the images."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from yolo_slice.metrics.coco import ALL, COCO_RANGES, SMALL
from yolo_slice.metrics.coco_engine import MAX_DETS, evaluate_classes
from yolo_slice.metrics.detections import Detections
from yolo_slice.metrics.truth import Truth

RANGES = (ALL, SMALL)


@dataclass(frozen=True, slots=True, eq=False)
class MatchRecord:
    """The detections of one class, by falling confidence, and its objects, of one range of areas.

    Attributes:
        image: (D,) Number of the image that a detection is on.
        is_right: (T, D) Whether it finds an object, at each IoU threshold.
        is_counted: (T, D) Whether it counts at all: not if it found a crowd, or something of another size.
        objects: (I,) Objects to be found on each image.
    """

    image: NDArray[np.int64]
    is_right: NDArray[np.bool_]
    is_counted: NDArray[np.bool_]
    objects: NDArray[np.int64]


def match_records(truth: Truth, found: Detections) -> Iterator[tuple[MatchRecord, ...]]:
    """Yield each class's records: of all objects, and of small ones; matched by pycocotools."""
    crowd = replace(truth, is_crowd=truth.is_crowd | truth.is_difficult)
    ranges = [COCO_RANGES[n] for n in RANGES]
    for evaluation in evaluate_classes(crowd, found, ranges, "pycocotools", MAX_DETS[-1:]):
        images = len(evaluation.params.imgIds)
        parts = [evaluation.evalImgs[n * images : (n + 1) * images] for n in range(len(RANGES))]
        thresholds = len(evaluation.params.iouThrs)
        yield tuple(make_record([one for one in part if one], len(truth.images), thresholds) for part in parts)


def make_record(matched: list[dict[str, Any]], images: int, thresholds: int) -> MatchRecord:
    """Put what COCOeval says of each image of a class and of a range of areas together.

    Args:
        matched: Its evalImgs, without those that are None.
        images: Number of images.
        thresholds: Number of IoU thresholds.
    """
    empty = np.zeros((thresholds, 0))
    scores = np.concatenate([np.zeros(0), *(one["dtScores"] for one in matched)])
    order = np.argsort(-scores, kind="stable")  # equal ones by image, as COCOeval has them
    is_matched = np.concatenate([empty, *(one["dtMatches"] for one in matched)], axis=1)[:, order] > 0
    is_counted = np.concatenate([empty, *(one["dtIgnore"] for one in matched)], axis=1)[:, order] == 0
    image = np.repeat([one["image_id"] - 1 for one in matched], [len(one["dtScores"]) for one in matched])
    objects = np.zeros(images, dtype=np.int64)
    for one in matched:
        objects[one["image_id"] - 1] = np.sum(np.asarray(one["gtIgnore"]) == 0)
    return MatchRecord(image.astype(np.int64)[order], is_matched & is_counted, is_counted, objects)
