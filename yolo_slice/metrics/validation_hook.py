"""COCO's numbers after every validation of a detector: `yolo val`, and the last one of `yolo train`."""

import json
import os
from types import ModuleType
from typing import cast

from yolo_slice.errors import SliceError
from yolo_slice.integration import log
from yolo_slice.integration.validation.after_validation import after_validation
from yolo_slice.integration.validation.record import ValidationRecord
from yolo_slice.metrics.coco import CocoMetrics, evaluate_coco
from yolo_slice.metrics.from_validation import validated_detections, validated_labels, validated_truth
from yolo_slice.metrics.report import coco_csv, coco_record, coco_table, detections_json, save_texts, truth_json
from yolo_slice.metrics.settings import Engine
from yolo_slice.metrics.truth import Truth

SWITCH = "YOLO_SLICE_COCO"  # "off", or the engine: pycocotools (default) or faster-coco-eval


def patch(validator: ModuleType) -> None:
    """Make Ultralytics' validators report COCO's numbers, unless the user has turned them off."""
    after_validation(validator, lambda: _switch().lower() not in {"off", "0", "false", "no"}, report)


def _switch() -> str:
    return os.environ.get(SWITCH, "").strip()


def report(validated: ValidationRecord, save_json: bool) -> tuple[CocoMetrics, str]:
    """Measure, write coco_metrics.json and .csv into the run's folder, and return the numbers with their table.

    Args:
        validated: The validation.
        save_json: Also write what was compared: coco_ground_truth.json and coco_predictions.json.
    """
    truth, found = _truth(validated), validated_detections(validated)
    metrics = evaluate_coco(truth, found, cast(Engine, _switch() or "pycocotools"))
    record = {**coco_record(metrics), "ground_truth": truth.source, "settings": dict(validated.settings)}
    texts = {"coco_metrics.json": json.dumps(record, indent=2), "coco_metrics.csv": coco_csv(metrics)}
    if save_json:
        texts |= {"coco_ground_truth.json": truth_json(truth), "coco_predictions.json": detections_json(found)}
    save_texts(validated.folder, texts)
    return metrics, coco_table(metrics)


def _truth(validated: ValidationRecord) -> Truth:
    try:
        return validated_truth(validated, validated.annotations)
    except SliceError as fault:
        log.warn(f"annotations are not used, the labels are: {fault}")
        return validated_labels(validated)
