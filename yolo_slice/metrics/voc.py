"""Average precision as the PASCAL VOC development kit computes it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import get_args

import numpy as np
from numpy.typing import NDArray

from yolo_slice.errors import SliceError
from yolo_slice.metrics.coco import Found, Source
from yolo_slice.metrics.detections import Detections
from yolo_slice.metrics.formats.opening import read_both
from yolo_slice.metrics.settings import Rule
from yolo_slice.metrics.truth import Truth
from yolo_slice.metrics.voc_matching import match_class


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class VocMetrics(Mapping[str, float]):
    """VOC's numbers: a mapping of "mAP" and of every scored class to its AP, 0 to 1.

    Attributes:
        ap: AP of each class that has objects to be found.
        objects: The number of them, difficult ones not counted.
        difficult: Difficult objects per class.
        rule: "area" (VOC2010 and later) or "11point" (VOC2007).
        knows_difficult: False if the ground truth cannot say which objects are difficult.
    """

    ap: dict[str, float]
    objects: dict[str, int]
    difficult: dict[str, int]
    rule: Rule
    knows_difficult: bool

    def __getitem__(self, name: str) -> float:
        if name == "mAP":
            return float(np.mean(list(self.ap.values()))) if self.ap else 0.0
        return self.ap[name]

    def __iter__(self) -> Iterator[str]:
        return iter(("mAP", *self.ap))

    def __len__(self) -> int:
        return len(self.ap) + 1

    def __repr__(self) -> str:
        return f"VocMetrics(mAP={self['mAP']:.4f}, classes={len(self.ap)}, rule={self.rule!r})"


def evaluate_voc(
    truth: Source,
    detections: Detections | Found,
    rule: Rule = "area",
    iou: float = 0.5,
) -> VocMetrics:
    """Measure VOC's AP (Everingham et al. 2010), step by step as VOCevaldet.m and VOCap.m of the development kit do.

    Detections are taken by falling confidence (equal ones in the order of the source). Each is compared with the object
    of its class that it overlaps most; both corner pixels count as part of a box, so a side is one pixel longer than
    COCO's. With an IoU of at least `iou` it is right
    the first time an object is found, wrong every further time, and neither if the object is difficult.

    Args:
        truth: VOC XML (a folder, or a devkit's VOC2007 or VOC2012), a data YAML, COCO JSON, or any other
            kind that `read_truth` knows.
        detections: The devkit's comp3 files, COCO results, or any other kind that `read_detections` knows.
        rule: "area" under the curve (VOC2010 and later), or precision at "11point"s of recall (VOC2007).
        iou: Smallest overlap.

    Raises:
        SliceError: For anything that cannot be read, with file and place; an image that is not in the ground truth.

    Example:
        >>> truth = {"a": {"objects": [{"name": "dog", "bbox": [1, 1, 10, 10], "difficult": 0}]}}
        >>> found = [{"image_id": "a", "category_id": "dog", "bbox": [0, 0, 9, 4], "score": 0.9}]
        >>> dict(evaluate_voc(truth, found))  # IoU exactly one half counts
        {'mAP': 1.0, 'dog': 1.0}
    """
    if rule not in get_args(Rule):
        raise SliceError(f"rule {rule!r} is unknown; there are {', '.join(get_args(Rule))}")
    truth, found = read_both(truth, detections)
    average = area_under_curve if rule == "area" else eleven_points
    easy = ~(truth.is_difficult | truth.is_crowd)
    objects = {name: int(np.sum((truth.label == k) & easy)) for k, name in enumerate(truth.classes)}
    difficult = {name: int(np.sum((truth.label == k) & ~easy)) for k, name in enumerate(truth.classes)}
    scored = _scored(truth, found, objects)
    ap = {}
    for name in scored:
        right, wrong = match_class(truth, found, truth.classes.index(name), iou)
        recall = np.cumsum(right) / objects[name]
        precision = np.cumsum(right) / np.maximum(np.cumsum(right) + np.cumsum(wrong), 1)
        ap[name] = average(recall, precision)
    return VocMetrics(ap, objects, difficult, rule, truth.knows_difficult)


def _scored(truth: Truth, found: Detections, objects: Mapping[str, int]) -> list[str]:
    """Pick the classes that have something to find and were looked for."""
    every = range(len(truth.classes)) if found.looked_for is None else sorted(found.looked_for)
    return [truth.classes[k] for k in every if objects[truth.classes[k]]]


def area_under_curve(recall: NDArray[np.float64], precision: NDArray[np.float64]) -> float:
    """Integrate the curve after precision has been made to fall with recall (VOCap.m of VOC2010 and later).

    Args:
        recall: (N,) After each detection; never falls.
        precision: (N,) After each detection.

    Example:
        >>> area_under_curve(np.array([0.5, 0.5, 1.0]), np.array([1.0, 0.5, 2 / 3])).__round__(4)
        0.8333
    """
    r = np.concatenate(([0.0], recall, [1.0]))
    p = np.concatenate(([0.0], precision, [0.0]))
    p = np.maximum.accumulate(p[::-1])[::-1]
    return float(np.sum((r[1:] - r[:-1]) * p[1:]))


def eleven_points(recall: NDArray[np.float64], precision: NDArray[np.float64]) -> float:
    """Average the best precision at recalls of at least 0, 0.1, ..., 1 (VOC2007).

    Recall and tenth are compared as the fractions they are: Matlab's 0:0.1:1 has 0.30000000000000004 in it, which a
    recall of 3/10 does not reach; that accident is not copied.

    Example:
        >>> eleven_points(np.array([0.5, 0.5, 1.0]), np.array([1.0, 0.5, 2 / 3])).__round__(4)
        0.8485
    """
    return float(np.mean([np.max(precision[recall >= tenth / 10], initial=0.0) for tenth in range(11)]))
