"""COCO's numbers of a cell's checkpoints, when its training has ended."""

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from yolo_slice.integration.validation.run import validate
from yolo_slice.metrics.coco import AVERAGE_PRECISIONS, CocoMetrics, evaluate_coco
from yolo_slice.metrics.from_validation import validated_detections, validated_truth

# Arguments of a training that its validation shares.
SHARED = ("data", "split", "imgsz", "batch", "conf", "iou", "max_det", "single_cls", "classes", "agnostic_nms")


def measure(weights: Path, epoch: int, settings: Mapping[str, Any], device: str) -> dict[str, Any]:
    """Validate a checkpoint, and return its part of a record.

    Args:
        weights: The checkpoint.
        epoch: The epoch that it is of, from 1.
        settings: The training's arguments.
        device: Where to validate.

    Raises:
        SliceError: If it cannot be validated.
    """
    shared = {key: settings.get(key) for key in SHARED}
    with tempfile.TemporaryDirectory() as folder:
        validated, _ = validate(weights, **shared, device=device, workers=0, project=folder, verbose=False)
    metrics = evaluate_coco(validated_truth(validated, validated.annotations), validated_detections(validated))
    classes = {name: _numbers(row, ("AP", "AP50")) for name, row in metrics.per_class.items() if metrics.objects[name]}
    return {"epoch": epoch, **_numbers(metrics, AVERAGE_PRECISIONS), "classes": classes}


def _numbers(values: CocoMetrics | Mapping[str, float], names: Any) -> dict[str, float | None]:
    """Take numbers, with None for COCO's -1: nothing to measure."""
    return {name: values[name] if values[name] >= 0 else None for name in names}
