"""How many errors of each kind there are, and how much AP50 each kind costs: in all, by class and by object size."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from yolo_slice.metrics.coco import COCO_RANGES, Found, Source
from yolo_slice.metrics.detections import Detections
from yolo_slice.metrics.errors.judgement import Bools, Floats, Ints, Judgement, judge
from yolo_slice.metrics.errors.kinds import KINDS, MISSED, RIGHT, WHOLES
from yolo_slice.metrics.errors.mending import Standing, as_it_is, class_ap50, mend, perfect_precision
from yolo_slice.metrics.formats.opening import read_both
from yolo_slice.metrics.truth import Truth

SIZES = dict(zip(("small", "medium", "large"), COCO_RANGES[1:], strict=True))


@dataclass(frozen=True, slots=True)
class Losses:
    """Errors of all classes and sizes, of one class, or of one size.

    Attributes:
        objects: Objects to be found.
        found: How many of them are found.
        counts: Kind to number of errors.
        gains: Kind to AP50 gained if its errors were mended (0 to 1), and, but for sizes, what perfect precision
            ("false positives") and perfect recall ("false negatives") would gain. Of a class: gained by its own AP50.
        ap50: AP50 as it is; nan for a class without objects; of a size: that of all, to which its gains add.
    """

    objects: int
    found: int
    counts: Mapping[str, int]
    gains: Mapping[str, float]
    ap50: float


@dataclass(frozen=True, slots=True, eq=False)
class ErrorAnalysis:
    """The errors of one model, or of one set of detections.

    Attributes:
        truth: Ground truth.
        found: Detections.
        judged: What became of each.
        sizes: (N,) Number of the size, among SIZES, that each detection's error belongs to: the object's, or for the
            background the detection's own.
        object_sizes: (M,) The same of each object.
        total: All errors.
        by_class: Class name to its errors: detections of that class, and missed objects of it.
        by_size: Size to its errors.
    """

    truth: Truth = field(repr=False)
    found: Detections = field(repr=False)
    judged: Judgement = field(repr=False)
    sizes: Ints = field(repr=False)
    object_sizes: Ints = field(repr=False)
    total: Losses
    by_class: Mapping[str, Losses] = field(repr=False)
    by_size: Mapping[str, Losses] = field(repr=False)


def analyse_errors(truth: Source, detections: Detections | Found) -> ErrorAnalysis:
    """Find every error, and measure what each kind costs (Bolya et al. 2020; thresholds 0.5 and 0.1).

    The mean is over the classes that have objects, as COCO's is; tidecv counts classes with detections only as AP 0.

    Args:
        truth: Ground truth, as for `evaluate_coco`; difficult objects are treated as crowds are.
        detections: Detections; the 100 most confident of each image count.

    Raises:
        SliceError: As `evaluate_coco`.

    Example:
        >>> truth = {"a": {"objects": [{"name": "dog", "bbox": [1, 1, 10, 10]}]}}
        >>> found = [{"image_id": "a", "category_id": "dog", "bbox": [0, 0, 9, 3], "score": 0.9}]
        >>> errors = analyse_errors(truth, found)  # IoU 1/3
        >>> errors.total.counts["localisation"], errors.total.ap50, errors.total.gains["localisation"]
        (1, 0.0, 1.0)
    """
    truth, found = read_both(truth, detections)
    judged = judge(truth, found)
    now = as_it_is(truth, found, judged)
    before = class_ap50(now)
    object_sizes = _sizes(truth.area)
    own = _sizes(found.xywh[judged.rows, 2] * found.xywh[judged.rows, 3])
    sizes = np.where(judged.object >= 0, object_sizes[judged.object], own) if len(truth.label) else own
    after = {name: _mended(truth, found, judged, kind) for kind, name in enumerate(KINDS)}
    after["false positives"] = class_ap50(perfect_precision(now))
    after["false negatives"] = class_ap50(_all_found(now, truth, judged))
    by_size = {}
    for number, name in enumerate(SIZES):
        errors, objects = sizes == number, object_sizes == number
        mended = {k: _mended(truth, found, judged, n, errors, objects) for n, k in enumerate(KINDS)}
        by_size[name] = _losses(
            judged, errors, objects, _gains(before, mended, now.objects), _mean(before, now.objects)
        )
    everything = np.ones(len(judged.rows), dtype=bool), np.ones(len(truth.label), dtype=bool)
    total = _losses(judged, *everything, _gains(before, after, now.objects), _mean(before, now.objects))
    own_ap = np.where(now.objects > 0, before, np.nan)
    by_class = {
        name: _losses(judged, now.label == k, truth.label == k, _class_gains(own_ap[k], after, k), float(own_ap[k]))
        for k, name in enumerate(truth.classes)
    }
    return ErrorAnalysis(truth, found, judged, sizes, object_sizes, total, by_class, by_size)


def _mended(
    truth: Truth,
    found: Detections,
    judged: Judgement,
    kind: int,
    errors: Bools | None = None,
    objects: Bools | None = None,
) -> Floats:
    """Return each class's AP50 with the errors of a kind mended: all, or those of some detections and objects."""
    of_kind = judged.kind == kind if errors is None else (judged.kind == kind) & errors
    missed = judged.is_missed if objects is None else judged.is_missed & objects
    return class_ap50(mend(truth, found, judged, of_kind, missed if kind == MISSED else np.zeros_like(missed)))


def _all_found(now: Standing, truth: Truth, judged: Judgement) -> Standing:
    lost = np.bincount(truth.label[judged.is_counted & ~judged.is_found], minlength=len(truth.classes))
    return Standing(now.label, now.score, now.is_right, now.is_kept, now.objects - lost)


def _gains(before: Floats, after: Mapping[str, Floats], objects: Ints) -> dict[str, float]:
    base = _mean(before, objects)
    return {name: _gain(base, _mean(ap, objects), name) for name, ap in after.items()}


def _class_gains(before: float, after: Mapping[str, Floats], label: int) -> dict[str, float]:
    return {name: _gain(before, float(ap[label]), name) for name, ap in after.items()}


def _gain(before: float, after: float, name: str) -> float:
    """Subtract; mending one kind costs nothing, so less than nothing is an accident of the 101 levels of recall."""
    return after - before if name in WHOLES else max(after - before, 0.0)


def _mean(ap: Floats, objects: Ints) -> float:
    known = ap[(objects > 0) & ~np.isnan(ap)]
    return float(known.mean()) if len(known) else float("nan")


def _losses(judged: Judgement, errors: Bools, objects: Bools, gains: Mapping[str, float], ap50: float) -> Losses:
    counts = np.bincount(judged.kind[errors & ~judged.is_set_aside & (judged.kind != RIGHT)], minlength=len(KINDS))
    counts[MISSED] = np.sum(judged.is_missed & objects)
    of_these = judged.is_counted & objects
    return Losses(
        int(of_these.sum()),
        int((of_these & judged.is_found).sum()),
        dict(zip(KINDS, counts.tolist(), strict=True)),
        gains,
        ap50,
    )


def _sizes(area: NDArray[np.float64]) -> Ints:
    """Sort areas as COCO does: what is on an edge into the smaller size."""
    return np.searchsorted([high for _, high in SIZES.values()][:-1], area, side="left")
