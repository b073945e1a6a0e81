"""The loss of YOLOv5 releases 5.0 and 6.0: CIoU for boxes, cross-entropy for objectness and classes."""

from collections.abc import Mapping

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits, one_hot

from yolo_slice.heads.anchor_detect import AnchorDetect
from yolo_slice.heads.anchor_targets import Matches, Objects, match
from yolo_slice.heads.complete_iou import complete_iou
from yolo_slice.heads.loss_settings import LossSettings

LOSS_NAMES = ("box_loss", "obj_loss", "cls_loss")
# Weight of each level's objectness, finest first: fine levels have more cells, and fewer of them with an object.
BALANCE = {3: (4.0, 1.0, 0.4)}
BALANCE_OTHERWISE = (4.0, 1.0, 0.25, 0.06, 0.02)


class AnchorLoss:
    """Loss of `AnchorDetect`, averaged over the batch.

    Each part is a mean over the predictions of a level, summed over levels. Box: 1 - CIoU where matched. Classes:
    cross-entropy where matched; none with a single class. Objectness: cross-entropy everywhere, weighted by level; its
    target is the CIoU (a constant, at least 0) where matched, else 0. Where several objects share a prediction it is
    their largest CIoU; the release left that to chance. No label smoothing, no focal loss.

    Args:
        head: The head whose raw output is judged.
        settings: Gains and matching threshold.
        imgsz: Side of the training images, pixels.
    """

    def __init__(self, head: AnchorDetect, settings: LossSettings, imgsz: int = 640) -> None:
        self.head = head
        self.threshold = settings.anchor_t
        gains = (settings.box, settings.obj * (imgsz / 640) ** 2, settings.cls * head.nc / 80)
        self.gains = [gain * 3 / head.nl for gain in gains]
        self.balance = BALANCE.get(head.nl, BALANCE_OTHERWISE)

    def __call__(self, raw: Mapping[str, Tensor | list[Tensor]], objects: Objects) -> Tensor:
        """Return the weighted losses as `LOSS_NAMES` has them: (3,), in float32 at least, of the head's raw output."""
        levels = zip(self.head.split_levels(raw), self.balance, strict=False)
        losses = torch.stack([self._level(*level, balance, objects) for level, balance in levels]).sum(0)
        return losses * losses.new_tensor(self.gains)

    def _level(self, outputs: Tensor, anchors: Tensor, hw: tuple[int, int], balance: float, objects: Objects) -> Tensor:
        """Return box, objectness and class loss of one level; outputs (B, A, H*W, 5+nc), anchors (A, 2) in cells."""
        matches = match(objects, anchors, hw, self.threshold)
        place = matches.image, matches.anchor, matches.row * hw[1] + matches.column
        matched = outputs[place]  # (n, 5+nc)
        quality = complete_iou(self.head.decode(matched[:, :4], anchors[matches.anchor]), matches.xywh)
        objectness = outputs[..., 4]
        target = _largest(quality.detach().clamp(min=0), place, objectness)
        nothing = matched[:0].sum()  # 0, where a mean over no match would be NaN
        return torch.stack((
            (1 - quality).mean() if len(quality) else nothing,
            binary_cross_entropy_with_logits(objectness, target) * balance,
            self._classes(matched[:, 5:], matches) if len(quality) and self.head.nc > 1 else nothing,
        ))  # fmt: skip

    def _classes(self, logits: Tensor, matches: Matches) -> Tensor:
        return binary_cross_entropy_with_logits(logits, one_hot(matches.label, self.head.nc).to(logits))


def _largest(values: Tensor, place: tuple[Tensor, ...], like: Tensor) -> Tensor:
    """Put values (n,) to their places in zeros of the shape of `like` (B, A, H*W), the largest where they collide."""
    image, anchor, cell = place
    index = (image * like.shape[1] + anchor) * like.shape[2] + cell
    return torch.zeros_like(like).flatten().scatter_reduce(0, index, values, "amax").view_as(like)
