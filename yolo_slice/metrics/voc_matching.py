"""Which detections of a class are right, wrong, or neither, by the rules of the VOC development kit.

Boxes are stored as COCO and the training labels have them. VOC counts both corner pixels, so here, and only here,
each side is one pixel longer.
"""

import numpy as np
from numpy.typing import NDArray

from yolo_slice.metrics.detections import Detections
from yolo_slice.metrics.truth import Truth
from yolo_slice.overlap import overlap


def match_class(truth: Truth, found: Detections, label: int, iou: float) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Judge the detections of one class by falling confidence, equal ones in the order of the source.

    Args:
        truth: Ground truth; crowds count as difficult.
        found: Detections.
        label: The class.
        iou: Smallest overlap with an object that counts as finding it.

    Returns:
        (N,) right and (N,) wrong, in that order; neither where the object is difficult.
    """
    rows = np.flatnonzero(found.label == label)
    rows = rows[np.argsort(-found.score[rows], kind="stable")]
    boxes = _edges(found.xywh[rows])
    objects = _objects_by_image(truth, label)
    right, wrong = np.zeros(len(rows), dtype=bool), np.zeros(len(rows), dtype=bool)
    is_found = np.zeros(len(truth.label), dtype=bool)
    difficult = truth.is_difficult | truth.is_crowd
    for n, image in enumerate(found.image[rows].tolist()):
        members, edges = objects.get(image, (None, None))
        if members is None or edges is None:
            wrong[n] = True
            continue
        overlaps = overlap(boxes[n], edges)
        best = int(np.argmax(overlaps))  # the first of equal ones
        nearest = members[best]
        if overlaps[best] < iou:
            wrong[n] = True
        elif not difficult[nearest]:
            right[n], wrong[n] = not is_found[nearest], is_found[nearest]
            is_found[nearest] = True
    return right, wrong


def _edges(xywh: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return left, top, right and bottom edge of boxes whose corners, as VOC has it, belong to them."""
    return np.concatenate((xywh[:, :2], xywh[:, :2] + xywh[:, 2:] + 1), axis=1)


def _objects_by_image(truth: Truth, label: int) -> dict[int, tuple[NDArray[np.int64], NDArray[np.float64]]]:
    """Map an image to its objects of the class: row numbers and edges."""
    rows = np.flatnonzero(truth.label == label)
    rows = rows[np.argsort(truth.image[rows], kind="stable")]
    images, starts = np.unique(truth.image[rows], return_index=True)
    edges = _edges(truth.xywh[rows])
    parts = zip(images.tolist(), np.split(rows, starts[1:]), np.split(edges, starts[1:]), strict=False)
    return {image: (members, box) for image, members, box in parts}
