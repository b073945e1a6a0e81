"""AP50 as it would be if some errors were mended: the oracles of TIDE (Bolya et al. 2020, section 2.3).

A wrong class or place is made right, for the most confident detection of an object; every other wrong detection of the
kind is taken away; a missed object is no longer to be found.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from yolo_slice.metrics.detections import Detections
from yolo_slice.metrics.errors.judgement import Bools, Floats, Ints, Judgement
from yolo_slice.metrics.errors.kinds import RIGHT
from yolo_slice.metrics.precision_curve import TIDE_RECALLS, average_precision
from yolo_slice.metrics.truth import Truth


@dataclass(frozen=True, slots=True, eq=False)
class Standing:
    """What AP50 is computed from: detections that count, and objects to be found.

    Attributes:
        label, score: (N,) Of each detection.
        is_right: (N,) Whether it finds an object.
        is_kept: (N,) Whether it counts.
        objects: (K,) Objects of each class.
    """

    label: Ints
    score: Floats
    is_right: Bools
    is_kept: Bools
    objects: Ints


def as_it_is(truth: Truth, found: Detections, judged: Judgement) -> Standing:
    """Return what AP50 is computed from before anything is mended."""
    return Standing(
        found.label[judged.rows],
        found.score[judged.rows],
        judged.kind == RIGHT,
        ~judged.is_set_aside,
        _count(truth, judged.is_counted),
    )


def mend(truth: Truth, found: Detections, judged: Judgement, errors: Bools, missed: Bools) -> Standing:
    """Mend some errors.

    Args:
        truth: Ground truth.
        found: Detections.
        judged: What became of them.
        errors: (N,) The wrong detections to mend.
        missed: (M,) The objects that are no longer to be found.
    """
    now = as_it_is(truth, found, judged)
    healed = errors & judged.is_mending
    return Standing(
        np.where(healed, truth.label[judged.object], now.label) if len(truth.label) else now.label,
        now.score,
        now.is_right | healed,
        now.is_kept & ~errors | healed,
        now.objects - _count(truth, missed),
    )


def perfect_precision(now: Standing) -> Standing:
    """Put every right detection before every wrong one."""
    return Standing(now.label, now.is_right.astype(np.float64), now.is_right, now.is_kept, now.objects)


def class_ap50(standing: Standing) -> NDArray[np.float64]:
    """Return each class's AP50; nan where it has neither objects nor detections, 0 where it has no objects only."""
    kept = np.flatnonzero(standing.is_kept)
    kept = kept[np.argsort(-standing.score[kept], kind="stable")]
    labels, is_right = standing.label[kept], standing.is_right[kept]
    ap = np.full(len(standing.objects), np.nan)
    for k, objects in enumerate(standing.objects.tolist()):
        of_class = is_right[labels == k]
        if objects:
            once = np.ones((1, len(of_class)))
            ap[k] = average_precision(of_class, once, np.array([float(objects)]), TIDE_RECALLS)[0]
        elif len(of_class):
            ap[k] = 0.0
    return ap


def _count(truth: Truth, chosen: Bools) -> Ints:
    return np.bincount(truth.label[chosen], minlength=len(truth.classes))
