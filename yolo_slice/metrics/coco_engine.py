"""COCO's evaluation by one of two libraries, behind one function; class by class, so that memory stays small."""

import contextlib
import importlib
import io
from collections.abc import Iterator, Sequence
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from yolo_slice.errors import SliceError
from yolo_slice.metrics.detections import Detections
from yolo_slice.metrics.settings import Engine
from yolo_slice.metrics.truth import Truth

Range = tuple[float, float]  # smallest and largest area, pixels squared, both included
MAX_DETS = (1, 10, 100)  # detections of one class that count, per image


def accumulate(
    truth: Truth,
    detections: Detections,
    ranges: Sequence[Range],
    engine: Engine,
    limits: Sequence[int] = MAX_DETS,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Match and accumulate as COCOeval does, for each class on its own: classes do not interact.

    Args:
        truth: Ground truth; images in the order that decides between equal scores.
        detections: Read against the same images and classes.
        ranges: Area ranges.
        engine: The library that does it.
        limits: Detections of one class that count, per image.

    Returns:
        Precision (T, R, K, A, M) and recall (T, K, A, M) over 10 IoU thresholds, 101 recall thresholds, classes, area
        ranges and limits; -1 where there is no object.

    Raises:
        SliceError: If the engine is unknown or not installed.
    """
    precision, recall = [], []
    for evaluation in evaluate_classes(truth, detections, ranges, engine, limits):
        with contextlib.redirect_stdout(io.StringIO()):
            evaluation.accumulate()
        precision.append(np.asarray(evaluation.eval["precision"]))
        recall.append(np.asarray(evaluation.eval["recall"]))
    return np.concatenate(precision, axis=2), np.concatenate(recall, axis=1)


def evaluate_classes(
    truth: Truth, detections: Detections, ranges: Sequence[Range], engine: Engine, limits: Sequence[int]
) -> Iterator[Any]:
    """Match the detections of each class; yield the engine's COCOeval of each, with images numbered from 1.

    Args:
        truth: As in `accumulate`.
        detections: As in `accumulate`.
        ranges: As in `accumulate`.
        engine: As in `accumulate`.
        limits: Detections of one class that count, per image.
    """
    coco, evaluator = load_engine(engine)
    gt_rows, dt_rows = (_rows_by_class(labels, len(truth.classes)) for labels in (truth.label, detections.label))
    for gt, dt in zip(gt_rows, dt_rows, strict=True):
        images = np.union1d(truth.image[gt], detections.image[dt]) + 1
        with contextlib.redirect_stdout(io.StringIO()):  # both libraries report every step
            evaluation = evaluator(
                _indexed(coco, images, _gt_dicts(truth, gt)), _indexed(coco, images, _dt_dicts(detections, dt)), "bbox"
            )
            evaluation.params.areaRng = [list(r) for r in ranges]
            evaluation.params.areaRngLbl = [str(index) for index in range(len(ranges))]
            evaluation.params.maxDets = list(limits)
            evaluation.evaluate()
        yield evaluation


def load_engine(engine: Engine) -> tuple[Any, Any]:
    """Import an engine; return its COCO and its COCOeval class.

    Raises:
        SliceError: If it is unknown or not installed.
    """
    if engine not in get_args(Engine):
        raise SliceError(f"engine {engine!r} is unknown; there are {', '.join(get_args(Engine))}")
    try:
        if engine == "pycocotools":
            return (
                importlib.import_module("pycocotools.coco").COCO,
                importlib.import_module("pycocotools.cocoeval").COCOeval,
            )
        faster = importlib.import_module("faster_coco_eval")
    except ImportError as fault:
        raise SliceError(f"engine {engine} is not installed ({fault}); pip install {engine}") from None
    return faster.COCO, faster.COCOeval_faster


def _rows_by_class(labels: NDArray[np.int64], count: int) -> list[NDArray[np.int64]]:
    """Split row numbers by class, each part in the order of the source."""
    order = np.argsort(labels, kind="stable")
    return np.split(order, np.searchsorted(labels[order], np.arange(1, count)))


def _indexed(coco: Any, images: NDArray[np.int64], annotations: list[dict[str, Any]]) -> Any:
    """Make a COCO of one class without its loader, which cannot take an empty list of detections."""
    index = coco()
    index.dataset = {
        "images": [{"id": image} for image in images.tolist()],
        "categories": [{"id": 1}],
        "annotations": annotations,
    }
    index.createIndex()
    return index


def _gt_dicts(truth: Truth, rows: NDArray[np.int64]) -> list[dict[str, Any]]:
    """Write objects as COCOeval wants them. Ids start at 1: it takes the id 0 for "not matched"."""
    columns = (a[rows].tolist() for a in (truth.image + 1, truth.xywh, truth.area, truth.is_crowd))
    return [
        {"id": id_, "image_id": image, "category_id": 1, "bbox": box, "area": area, "iscrowd": int(is_crowd)}
        for id_, (image, box, area, is_crowd) in enumerate(zip(*columns, strict=True), 1)
    ]


def _dt_dicts(detections: Detections, rows: NDArray[np.int64]) -> list[dict[str, Any]]:
    columns = (a[rows].tolist() for a in (detections.image + 1, detections.xywh, detections.score))
    return [
        {"id": id_, "image_id": image, "category_id": 1, "bbox": box, "area": box[2] * box[3], "score": score}
        for id_, (image, box, score) in enumerate(zip(*columns, strict=True), 1)
    ]
