"""Ground truth and detections of a validation that Ultralytics has run."""

from pathlib import Path

import numpy as np

from yolo_slice.annotations.box import Box
from yolo_slice.annotations.record import Item, Record
from yolo_slice.integration.validation.record import ValidationRecord
from yolo_slice.metrics.data_set_truth import Split, json_truth, label_truth
from yolo_slice.metrics.detections import Detections
from yolo_slice.metrics.truth import Truth


def validated_truth(validated: ValidationRecord, annotations: Path | None) -> Truth:
    """Return the ground truth: the COCO JSON if there is one, else the labels as Ultralytics read them, and side files.

    Raises:
        SliceError: If the COCO JSON or a side file cannot be read, or does not fit the images and classes.
    """
    split = Split(validated.images, validated.root, validated.names, validated.kept)
    if annotations is not None:
        return json_truth(annotations, split)
    is_whole = validated.kept is None and not validated.is_single
    return label_truth(split, _label_records(validated), may_restore=is_whole)


def validated_labels(validated: ValidationRecord) -> Truth:
    """Return the labels as Ultralytics read them, and nothing else."""
    split = Split(validated.images, validated.root, validated.names, validated.kept)
    return label_truth(split, _label_records(validated), may_restore=False)


def validated_detections(validated: ValidationRecord) -> Detections:
    """Return the detections, not rounded; without those of classes that only the model knows, not the data set."""
    known = validated.found_class < len(validated.names)
    left_top, right_bottom = validated.found_xyxy[known, :2], validated.found_xyxy[known, 2:]
    # Ultralytics may cut a box that lies outside the image to nothing, or to less.
    boxes = np.concatenate((left_top, np.maximum(right_bottom - left_top, 0)), axis=1)
    return Detections(validated.found_image[known], validated.found_class[known], boxes, validated.found_score[known])


def _label_records(validated: ValidationRecord) -> list[Record]:
    items: list[list[Item]] = [[] for _ in validated.images]
    rows = zip(validated.label_image, validated.label_class, validated.label_xywhn.tolist(), strict=True)
    for image, label, (x, y, w, h) in rows:
        place = len(items[image]) + 1
        items[image].append(Item(place, validated.names[label], Box("yolo", (x, y, w, h)), unit="line"))
    sizes = ((int(w), int(h)) for w, h in validated.wh.tolist())
    return [
        Record(image, image.stem, image.suffix, image, None, tuple(objects), wh=wh)
        for image, objects, wh in zip(validated.images, items, sizes, strict=True)
    ]
