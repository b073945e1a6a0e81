"""What a validation of the host found and was compared with, as ground truth and detections."""

from pathlib import Path

import numpy as np

from yolo_slice.integration.validation.record import ValidationRecord
from yolo_slice.metrics.data_set_truth import annotated_truth, label_truth
from yolo_slice.metrics.detections import Detections
from yolo_slice.metrics.formats.voc_side import read_side_files
from yolo_slice.metrics.truth import Truth, TruthRow


def validated_coco_truth(validated: ValidationRecord, annotations: Path | None) -> Truth:
    """Return the ground truth for COCO's rules: the COCO JSON if there is one, else the labels as the host read them.

    Raises:
        SliceError: If the COCO JSON cannot be read, or does not fit the images and classes.
    """
    if annotations is None:
        return validated_labels(validated)
    return annotated_truth(annotations, validated.images, validated.root, validated.names, validated.kept)


def validated_voc_truth(validated: ValidationRecord) -> Truth:
    """Return the ground truth for VOC's rules: the side files, which know difficult objects, else the labels.

    Raises:
        SliceError: If a side file cannot be read.
    """
    wh = [(float(w), float(h)) for w, h in validated.wh]
    is_whole = validated.kept is None and not validated.is_single
    truth = read_side_files(validated.images, wh, validated.root, validated.names) if is_whole else None
    return truth or validated_labels(validated)


def validated_labels(validated: ValidationRecord) -> Truth:
    """Return the labels as the host read them."""
    boxes = _label_boxes(validated)
    rows = zip(validated.label_image.tolist(), validated.label_class.tolist(), boxes.tolist(), strict=True)
    return label_truth(
        validated.images,
        validated.root,
        validated.names,
        [(float(w), float(h)) for w, h in validated.wh],
        [TruthRow(image, label, tuple(box)) for image, label, box in rows],
    )


def validated_detections(validated: ValidationRecord) -> Detections:
    """Return the detections, not rounded; without those of classes that only the model knows, not the data set."""
    known = validated.found_class < len(validated.names)
    left_top, right_bottom = validated.found_xyxy[known, :2], validated.found_xyxy[known, 2:]
    # The host may cut a box that lies outside the image to nothing, or to less.
    boxes = np.concatenate((left_top, np.maximum(right_bottom - left_top, 0)), axis=1)
    columns = (validated.found_image[known], validated.found_class[known], boxes, validated.found_score[known])
    return Detections(*columns, inclusive_px=1.0)


def _label_boxes(validated: ValidationRecord) -> np.ndarray:
    size = validated.wh[validated.label_image]
    centre, side = validated.label_xywhn[:, :2], validated.label_xywhn[:, 2:]
    return np.concatenate(((centre - side / 2) * size, side * size), axis=1)
