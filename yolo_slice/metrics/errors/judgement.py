"""What became of each detection and each object, by the definitions of TIDE (Bolya et al. 2020)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from yolo_slice.metrics.detections import Detections
from yolo_slice.metrics.errors.kinds import (
    BACKGROUND,
    BACKGROUND_ERROR,
    BOTH,
    CLASSIFICATION,
    DUPLICATE,
    FOREGROUND,
    LIMIT,
    LOCALISATION,
    RIGHT,
)
from yolo_slice.metrics.truth import Truth
from yolo_slice.overlap import covered, overlap

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Judgement:
    """Detections that count, image by image and by falling confidence, and objects as in the ground truth.

    Attributes:
        rows: (N,) Which detections count: row numbers.
        kind: (N,) Index into KINDS, or RIGHT.
        object: (N,) The object that a detection found, duplicates, or would find if it were mended; for errors of both
            class and place the one that it overlaps most; -1 for the background.
        iou: (N,) Its IoU with that object; 0 for the background.
        is_mending: (N,) Whether it would be right with its class or place mended: of several for an object, the most
            confident.
        is_set_aside: (N,) Whether it is not right but lies in a crowd or difficult object of its class, so that it
            counts neither for nor against.
        is_counted: (M,) Whether an object is to be found: it is no crowd and not difficult.
        is_found: (M,) Whether a detection is right about it.
        is_missed: (M,) Whether nothing is right about it, or would be if it were mended.
    """

    rows: Ints
    kind: Ints
    object: Ints
    iou: Floats
    is_mending: Bools
    is_set_aside: Bools
    is_counted: Bools
    is_found: Bools
    is_missed: Bools


def judge(truth: Truth, found: Detections) -> Judgement:
    """Judge detections; difficult objects are treated as crowds are.

    Args:
        truth: Ground truth.
        found: Detections; of equal confidence the earlier one comes first.
    """
    is_counted = ~(truth.is_crowd | truth.is_difficult)
    boxes, objects = edges(found.xywh), edges(truth.xywh)
    rows_of, objects_of = _by_image(found, len(truth.images)), _objects_by_image(truth)
    parts = []
    for rows, members in zip(rows_of, objects_of, strict=True):
        counted, crowds = members[is_counted[members]], members[~is_counted[members]]
        labels = found.label[rows]
        kind, about, iou = _judge_image(
            overlap(boxes[rows][:, None], objects[counted]), labels[:, None] == truth.label[counted], counted
        )
        inside = covered(boxes[rows][:, None], objects[crowds]) * (labels[:, None] == truth.label[crowds])
        parts.append((rows, kind, about, iou, (kind != RIGHT) & (inside > FOREGROUND).any(axis=1)))
    rows, kind, about, iou, is_set_aside = (np.concatenate(column) for column in zip(*parts, strict=True))
    is_found = np.zeros(len(truth.label), dtype=bool)
    is_found[about[kind == RIGHT]] = True
    is_mending = _mending(kind, about, is_found)
    is_missed = is_counted & ~is_found
    is_missed[about[is_mending]] = False
    return Judgement(rows, kind, about, iou, is_mending, is_set_aside, is_counted, is_found, is_missed)


def _judge_image(iou: Floats, is_same: Bools, objects: Ints) -> tuple[Ints, Ints, Floats]:
    """Judge the detections of an image by falling confidence.

    Args:
        iou: (D, G) Of each detection with each object that is to be found.
        is_same: (D, G) Whether they are of one class.
        objects: (G,) Their numbers.

    Returns:
        (D,) kinds, (D,) numbers of the objects that they are about, and (D,) the IoU with these.
    """
    count = len(iou)
    if not len(objects):
        return np.full(count, BACKGROUND_ERROR), np.full(count, -1), np.zeros(count)
    found = _match(iou * is_same)
    used = np.isin(np.arange(len(objects)), found)
    views = {  # kind -> what a detection must overlap to be of that kind
        LOCALISATION: iou * is_same,
        CLASSIFICATION: iou * ~is_same,
        DUPLICATE: iou * is_same * used,
        BOTH: iou,
    }
    nearest = {kind: view.argmax(axis=1) for kind, view in views.items()}
    best = {kind: view.max(axis=1) for kind, view in views.items()}
    is_kind = {
        RIGHT: found >= 0,
        LOCALISATION: (best[LOCALISATION] >= BACKGROUND) & (best[LOCALISATION] <= FOREGROUND),
        CLASSIFICATION: best[CLASSIFICATION] >= FOREGROUND,
        DUPLICATE: best[DUPLICATE] >= FOREGROUND,
        BACKGROUND_ERROR: best[BOTH] <= BACKGROUND,
    }
    kind = np.select([*is_kind.values()], [*is_kind], default=BOTH)
    about = np.select([kind == RIGHT, *(kind == k for k in nearest)], [found, *nearest.values()], default=-1)
    return kind, np.where(about < 0, -1, objects[about]), np.where(about < 0, 0.0, iou[np.arange(count), about])


def _match(iou: Floats) -> Ints:
    """Give each detection the object of its class that it overlaps most of those that are left; -1 if none is."""
    left, found = iou.copy(), np.full(len(iou), -1)
    for n, row in enumerate(left):
        best = int(np.argmax(row))
        if row[best] >= FOREGROUND:
            found[n] = best
            left[:, best] = 0
    return found


def _mending(kind: Ints, about: Ints, is_found: Bools) -> Bools:
    """Choose, for each object that is not found, the most confident detection that would find it if it were mended."""
    is_mending = np.zeros(len(kind), dtype=bool)
    could = np.flatnonzero(np.isin(kind, (CLASSIFICATION, LOCALISATION)))
    could = could[~is_found[about[could]]]
    _, first = np.unique(about[could], return_index=True)
    is_mending[could[first]] = True
    return is_mending


def edges(xywh: Floats) -> Floats:
    """Return left, top, right and bottom edge of boxes."""
    return np.concatenate((xywh[:, :2], xywh[:, :2] + xywh[:, 2:]), axis=1)


def _by_image(found: Detections, images: int) -> list[Ints]:
    """List the detections of each image that count, by falling confidence."""
    order = np.lexsort((-found.score, found.image))
    return [rows[:LIMIT] for rows in np.split(order, np.searchsorted(found.image[order], np.arange(1, images)))]


def _objects_by_image(truth: Truth) -> list[Ints]:
    order = np.argsort(truth.image, kind="stable")
    return np.split(order, np.searchsorted(truth.image[order], np.arange(1, len(truth.images))))
