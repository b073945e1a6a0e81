"""What a model says of one image: the score of every class at every anchor, and the detections made of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from yolo_slice.cam.detection import Detection
from yolo_slice.integration.inference.class_scores import ClassScores, enclosing_boxes
from yolo_slice.integration.inference.kept_anchors import kept_anchors
from yolo_slice.integration.inference.model_input import Placement


@dataclass(frozen=True, slots=True)
class ImageScores:
    """The scores of one image, from which a target picks.

    Args:
        confidences: (nc, N) probability of each class at each anchor; N is 1 for a classifier.
        detections: What is detected, most confident first.
        anchors: Index of the anchor that each detection comes from.
        names: Index of a class -> its name.
        conf: Confidence that counts as detected; None for a classifier, which has no threshold.
    """

    confidences: Tensor
    detections: tuple[Detection, ...]
    anchors: tuple[int, ...]
    names: Mapping[int, str]
    conf: float | None


def image_scores(
    scores: ClassScores, placements: Sequence[Placement], names: Mapping[int, str], conf: float
) -> list[ImageScores]:
    """Return the scores of each image with its detections, as `yolo predict` finds them.

    Args:
        scores: Of a batch.
        placements: Where each image lies in the model's input.
        names: Index of a class -> its name.
        conf: Detections have a confidence above this.
    """
    if scores.boxes is None:
        return [_classified(c, p, names) for c, p in zip(scores.confidences, placements, strict=True)]
    kept = kept_anchors(scores, conf)
    found = []
    for confidences, boxes, placement, (anchors, classes) in zip(
        scores.confidences, scores.boxes, placements, kept, strict=True
    ):
        xyxy = placement.to_original(enclosing_boxes(boxes[:, anchors].T)).tolist()
        values = confidences[classes, anchors].tolist()
        detections = tuple(_detection(b, c, names, s) for b, c, s in zip(xyxy, classes.tolist(), values, strict=True))
        found.append(ImageScores(confidences, detections, tuple(anchors.tolist()), names, conf))
    return found


def _detection(xyxy: Sequence[float], class_id: int, names: Mapping[int, str], score: float) -> Detection:
    left, top, right, bottom = xyxy
    return Detection((left, top, right, bottom), class_id, names[class_id], score)


def _classified(confidences: Tensor, placement: Placement, names: Mapping[int, str]) -> ImageScores:
    """Take the most probable class for a detection that fills the image."""
    best = int(torch.argmax(confidences[:, 0]))
    height, width = placement.original_hw
    whole = _detection((0.0, 0.0, float(width), float(height)), best, names, float(confidences[best, 0]))
    return ImageScores(confidences, (whole,), (0,), names, None)
