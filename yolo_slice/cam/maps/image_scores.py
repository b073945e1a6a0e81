"""What a model says of one image: the score of every class at every anchor, and the detections made of them."""

from collections.abc import Mapping
from dataclasses import dataclass

from torch import Tensor

from yolo_slice.cam.detection import Detection


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
