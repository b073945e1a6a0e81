"""Class logits and boxes of every kind of head, before NMS and before the sigmoid."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import torch
from torch import Tensor, nn

from yolo_slice.errors import SliceError

Size: TypeAlias = tuple[int, int]


@dataclass(frozen=True, slots=True)
class ClassScores:
    """What a head says of a batch, with the gradients to its inputs intact.

    Args:
        logits: (B, nc, N) class scores before the sigmoid or softmax; N anchors or queries, 1 for a classifier.
        confidences: (B, nc, N) the same as probabilities, 0 to 1, as Ultralytics thresholds them; no gradient.
        boxes: (B, 4, N) xyxy, or (B, 5, N) xywhr when rotated, in input pixels; None for a classifier; no gradient.
        needs_nms: Whether several anchors may stand for one object.
    """

    logits: Tensor
    confidences: Tensor
    boxes: Tensor | None
    needs_nms: bool


Reader: TypeAlias = Callable[[Any, list[Tensor], Size], ClassScores]


def reader_of(head: nn.Module) -> Reader:
    """Return the function (head, its inputs, (H, W) of the image) -> ClassScores for this kind of head.

    A Detect head of another making joins by a method `class_logits(raw) -> (B, nc, N)`; raw is the second output of its
    eval mode.

    Args:
        head: The last module of a model of Ultralytics.

    Raises:
        SliceError: If the head gives no class scores, or takes texts beside images.
    """
    from ultralytics.nn.modules import Classify, Detect, RTDETRDecoder, WorldDetect, YOLOEDetect

    if isinstance(head, Classify):
        return _classify
    if isinstance(head, RTDETRDecoder):
        return _rtdetr
    if isinstance(head, Detect) and not isinstance(head, (WorldDetect, YOLOEDetect)):
        return _own_logits if hasattr(head, "class_logits") else _detect
    raise SliceError(
        f"head {type(head).__name__}: no class scores to explain; "
        "known are the heads of detect, segment, pose, obb and classify models and of RT-DETR"
    )


def _detect(head: Any, features: list[Tensor], _: Size) -> ClassScores:
    # End-to-end models have two branches; the one that predicts is the one that is explained. Called directly, because
    # 8.4.0 cuts the gradients of the one-to-one branch in `forward`, even in eval mode.
    end2end = bool(head.end2end)
    raw = head.forward_head(features, **(head.one2one if end2end else head.one2many))
    with torch.no_grad():
        decoded = head._inference(raw)
    return _decoded(head, raw["scores"], decoded, end2end)


def _own_logits(head: Any, features: list[Tensor], _: Size) -> ClassScores:
    decoded, raw = head(features)
    return _decoded(head, head.class_logits(raw), decoded.detach(), end2end=False)


def _decoded(head: Any, logits: Tensor, decoded: Tensor, end2end: bool) -> ClassScores:
    """Take Ultralytics' decoded output (B, 4 + nc + extra, N) apart."""
    from ultralytics.utils.ops import xywh2xyxy

    boxes = decoded[:, :4]
    if is_rotated(head):
        boxes = torch.cat([boxes, decoded[:, -1:]], 1)  # the angle comes last
    elif not end2end and not head.xyxy:
        boxes = xywh2xyxy(boxes.transpose(1, 2)).transpose(1, 2)
    return ClassScores(logits, decoded[:, 4 : 4 + head.nc], boxes, needs_nms=not end2end)


def is_rotated(head: nn.Module) -> bool:
    """Tell whether the head's boxes are rotated."""
    from ultralytics.nn.modules import OBB

    return isinstance(head, OBB)


def enclosing_boxes(boxes: Tensor) -> Tensor:
    """Return upright boxes: (n, 4) xyxy as they are, (n, 5) xywhr as the smallest xyxy boxes around them."""
    from ultralytics.utils.ops import xywhr2xyxyxyxy

    if boxes.shape[-1] == 4:
        return boxes
    corners = torch.as_tensor(xywhr2xyxyxyxy(boxes))  # (n, 4, 2)
    return torch.cat([corners.amin(1), corners.amax(1)], 1)


def _classify(head: nn.Module, features: list[Tensor], _: Size) -> ClassScores:
    logits = head(features)[1][..., None]  # eval mode: (probabilities, logits), each (B, nc)
    return ClassScores(logits, logits.detach().softmax(1), None, needs_nms=False)


def _rtdetr(head: nn.Module, features: list[Tensor], size: Size) -> ClassScores:
    from ultralytics.utils.ops import xywh2xyxy

    boxes, logits = (out[-1] for out in head(features)[1][:2])  # of the last decoder layer: (B, N, 4), (B, N, nc)
    height, width = size
    scale = torch.tensor([width, height, width, height], device=boxes.device)
    corners = (xywh2xyxy(boxes.detach()) * scale).transpose(1, 2)
    logits = logits.transpose(1, 2)
    return ClassScores(logits, logits.detach().sigmoid(), corners, needs_nms=False)
