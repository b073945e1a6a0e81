"""Which anchors a prediction is made of: Ultralytics' own NMS, with the index of every anchor it keeps."""

import torch
from torch import Tensor

from yolo_slice.integration.inference.class_scores import ClassScores

IOU = 0.7  # Ultralytics' default of `yolo predict`
MAX_DETECTIONS = 300  # likewise


def kept_anchors(scores: ClassScores, conf: float) -> list[tuple[Tensor, Tensor]]:
    """Return, for each image, the anchors and classes of its detections, most confident first.

    Args:
        scores: Of a batch of B images.
        conf: Detections have a confidence above this.

    Returns:
        B pairs of int64 tensors (n,): index of the anchor, index of the class.
    """
    if scores.boxes is None or not scores.needs_nms:
        return [_above(own, conf) for own in scores.confidences]
    return [_after_nms(boxes, own, conf) for boxes, own in zip(scores.boxes, scores.confidences, strict=True)]


def _after_nms(boxes: Tensor, confidences: Tensor, conf: float) -> tuple[Tensor, Tensor]:
    from ultralytics.utils.nms import non_max_suppression
    from ultralytics.utils.ops import xyxy2xywh

    rotated = len(boxes) == 5  # boxes (4 or 5, N), confidences (nc, N)
    centred = boxes[:4] if rotated else xyxy2xywh(boxes.T).T
    # One image at a time: Ultralytics gives up on the rest of a batch after its time limit.
    prediction = torch.cat([centred, confidences, boxes[4:]])[None]
    kept, anchors = non_max_suppression(
        prediction, conf, IOU, max_det=MAX_DETECTIONS, nc=len(confidences), rotated=rotated, return_idxs=True
    )
    return anchors[0].reshape(-1).long(), kept[0][:, 5].long()


def _above(confidences: Tensor, conf: float) -> tuple[Tensor, Tensor]:
    classes, anchors = (confidences > conf).nonzero(as_tuple=True)
    # Ultralytics' end-to-end heads give no more than they have anchors.
    most = min(MAX_DETECTIONS, confidences.shape[1])
    order = confidences[classes, anchors].argsort(descending=True, stable=True)[:most]
    return anchors[order], classes[order]
