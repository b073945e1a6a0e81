"""COCO's numbers of a validation that Ultralytics has just finished; called by the hook on validation."""

import json

from yolo_slice.errors import SliceError
from yolo_slice.integration import log
from yolo_slice.integration.validation.validated import Validated
from yolo_slice.metrics.coco import CocoMetrics, evaluate_coco
from yolo_slice.metrics.coco_engine import Engine
from yolo_slice.metrics.report import coco_csv, coco_record, coco_table, detections_json, save_texts, truth_json
from yolo_slice.metrics.truth import Truth
from yolo_slice.metrics.validated_arrays import validated_coco_truth, validated_detections, validated_labels


def report(validated: Validated, engine: Engine, save_json: bool) -> tuple[CocoMetrics, str]:
    """Measure, write coco_metrics.json and .csv into the run's folder, and return the numbers with their table.

    Args:
        validated: The validation.
        engine: As in `evaluate_coco`.
        save_json: Also write what was compared: coco_ground_truth.json and coco_predictions.json.
    """
    truth, found = _truth(validated), validated_detections(validated)
    metrics = evaluate_coco(truth, found, engine)
    record = {**coco_record(metrics), "ground_truth": truth.source, "settings": dict(validated.settings)}
    texts = {"coco_metrics.json": json.dumps(record, indent=2), "coco_metrics.csv": coco_csv(metrics)}
    if save_json:
        texts |= {"coco_ground_truth.json": truth_json(truth), "coco_predictions.json": detections_json(found)}
    save_texts(validated.folder, texts)
    return metrics, coco_table(metrics)


def _truth(validated: Validated) -> Truth:
    try:
        return validated_coco_truth(validated, validated.annotations)
    except SliceError as fault:
        log.warn(f"annotations are not used, the labels are: {fault}")
        return validated_labels(validated)
