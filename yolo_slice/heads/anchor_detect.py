"""The anchor-based detection head of YOLOv5 releases 5.0 and 6.0."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn.functional import logsigmoid
from ultralytics.nn.modules import Detect

from yolo_slice.errors import SliceError

# Width, height in pixels, three anchors a level, P3/8 to P5/32: fitted to COCO at 640 px for the release.
COCO_ANCHORS = (
    (10, 13, 16, 30, 33, 23),
    (30, 61, 62, 45, 59, 119),
    (116, 90, 156, 198, 373, 326),
)


class AnchorDetect(Detect):
    """Predict boxes relative to anchors, with an objectness beside the classes (YOLOv5 releases 5.0 and 6.0).

    L maps (B, ch[i], H_i, W_i) -> (B, 4+nc, N), N = A * sum of H_i W_i: xywh in pixels of the network's input, and the
    score of each class, sigmoid(objectness) * sigmoid(class), because Ultralytics' non-maximum suppression knows no
    objectness. With one class the score is the objectness: the class output is not trained then. Predictions are in the
    order of level, anchor, row, column.

    With s the sigmoid of the outputs: xy = (2 s - 0.5 + cell) * stride, wh = (2 s)^2 * anchor.

    The raw output (training mode; beside the decoded one in eval mode) is a dict of boxes (B, 4, N), objectness
    (B, 1, N) and scores (B, nc, N), all before the sigmoid, and feats, the input maps.

    Args:
        nc: Number of classes.
        anchors: A list for each level, of the widths and heights of its A anchors in pixels: [w, h, w, h, ...].
        ch: Channels of the input maps, finest first.

    Raises:
        SliceError: If there is not a list of anchors for each level, of equal length, of pairs of positive numbers.

    Example:
        >>> head = AnchorDetect(2, COCO_ANCHORS, (8, 16, 32)).eval()
        >>> head.stride = torch.tensor([8, 16, 32])
        >>> maps = [torch.zeros(1, c, 64 // s, 64 // s) for c, s in zip((8, 16, 32), (8, 16, 32))]
        >>> head(maps)[0].shape
        torch.Size([1, 6, 252])
    """

    anchor_wh: Tensor
    reg_max = 0  # Ultralytics' heads predict distances as distributions of so many bins

    def __init__(self, nc: int = 80, anchors: Sequence[Sequence[float]] = COCO_ANCHORS, ch: Sequence[int] = ()) -> None:
        nn.Module.__init__(self)  # not Detect's, which builds the branches of the anchor-free head
        _check_anchors(anchors, ch)
        self.nc = nc
        self.nl = len(ch)
        self.no = 5 + nc
        self.stride = torch.zeros(self.nl)  # set by Ultralytics, which runs the model to find it
        self.cv2 = nn.ModuleList()  # Ultralytics' load() compares this branch of two heads
        # A buffer, because fitting them to the data belongs to the trained model.
        self.register_buffer("anchor_wh", torch.tensor(anchors, dtype=torch.float32).view(self.nl, -1, 2))
        self.m = nn.ModuleList(nn.Conv2d(c, self.na * self.no, 1) for c in ch)  # m: the release's name for it

    @property
    def na(self) -> int:
        """Number of anchors a level."""
        return self.anchor_wh.shape[1]

    def forward(self, x: list[Tensor]) -> dict[str, Tensor | list[Tensor]] | Tensor | tuple[Tensor, dict]:
        outputs = [conv(y).unflatten(1, (self.na, self.no)).flatten(3) for conv, y in zip(self.m, x, strict=True)]
        flat = torch.cat([y.transpose(1, 2).flatten(2) for y in outputs], 2)  # (B, 5+nc, N)
        boxes, objectness, scores = flat.split((4, 1, self.nc), 1)
        raw = {"boxes": boxes, "objectness": objectness, "scores": scores, "feats": x}
        if self.training:
            return raw
        decoded = torch.cat((self._boxes(boxes, x), self.class_scores(raw)), 1)
        return decoded if self.export else (decoded, raw)

    @staticmethod
    def decode(outputs: Tensor, anchors: Tensor) -> Tensor:
        """Turn outputs (n, 4) into xywh in cells, (n, 4), relative to their cell's corner; anchors (n, 2) in cells."""
        xy, wh = (outputs.sigmoid() * 2).split(2, 1)
        return torch.cat((xy - 0.5, wh.square() * anchors), 1)

    def class_scores(self, raw: Mapping[str, Tensor]) -> Tensor:
        """Return the probability of each class, (B, nc, N): objectness times class, or objectness if there is one."""
        objectness = raw["objectness"].sigmoid()
        return objectness if self.nc == 1 else objectness * raw["scores"].sigmoid()

    def class_logits(self, raw: Mapping[str, Tensor]) -> Tensor:
        """Return the logits of `class_scores`, (B, nc, N), finite and with a gradient also where the score saturates.

        log(p / (1 - p)) for p = sigmoid(o) sigmoid(c), where 1 - p = sigmoid(-o) + sigmoid(o) sigmoid(-c).
        """
        o, c = raw["objectness"], raw["scores"]
        if self.nc == 1:
            return o
        return logsigmoid(o) + logsigmoid(c) - torch.logaddexp(logsigmoid(-o), logsigmoid(o) + logsigmoid(-c))

    def split_levels(
        self, raw: Mapping[str, Tensor | list[Tensor]]
    ) -> Iterator[tuple[Tensor, Tensor, tuple[int, int]]]:
        """Give each level's outputs (B, A, H*W, 5+nc), anchors (A, 2) in cells, and (H, W); float32 at least."""
        flat = torch.cat([raw["boxes"], raw["objectness"], raw["scores"]], 1)  # pyright: ignore[reportArgumentType]
        flat = flat.to(torch.promote_types(flat.dtype, torch.float32)).transpose(1, 2)
        sizes = [(y.shape[2], y.shape[3]) for y in raw["feats"]]
        parts = flat.split([self.na * h * w for h, w in sizes], 1)
        for part, hw, anchors, stride in zip(parts, sizes, self.anchor_wh, self.stride, strict=True):
            yield part.unflatten(1, (self.na, -1)), (anchors / stride).to(part), hw

    def bias_init(self) -> None:
        """Start with few objects (Lin et al. 2017, sec. 3.3): 8 in an image of 640 px, classes equally likely."""
        for conv, stride in zip(self.m, self.stride.tolist(), strict=True):
            bias = cast(Tensor, conv.bias).detach().view(self.na, self.no)
            bias[:, 4] += math.log(8 / (640 / stride) ** 2)
            bias[:, 5:] += math.log(0.6 / (self.nc - 0.99))

    def _boxes(self, outputs: Tensor, maps: list[Tensor]) -> Tensor:
        """Decode (B, 4, N) to xywh in pixels; xyxy where Ultralytics exports non-maximum suppression with the model."""
        cell, stride, anchors = (torch.cat(parts, 1) for parts in zip(*self._grids(maps), strict=True))
        xy, wh = (outputs.sigmoid() * 2).split(2, 1)
        xy, wh = (xy - 0.5 + cell) * stride, wh.square() * anchors
        return torch.cat((xy - wh / 2, xy + wh / 2) if self.xyxy else (xy, wh), 1)

    def _grids(self, maps: list[Tensor]) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
        """Give the cells (2, n), strides (1, n) and anchors (2, n) of each level's n predictions, in their order."""
        for y, wh, stride in zip(maps, self.anchor_wh.to(maps[0]), self.stride.to(maps[0]), strict=True):
            h, w = y.shape[2:]
            axes = (torch.arange(size, device=y.device, dtype=y.dtype) for size in (h, w))
            rows, columns = torch.meshgrid(*axes, indexing="ij")
            cell = torch.stack((columns, rows)).flatten(1).repeat(1, self.na)
            yield cell, stride.expand_as(cell[:1]), wh.T.unsqueeze(2).expand(-1, -1, h * w).flatten(1)


def _check_anchors(anchors: Sequence[Sequence[float]], ch: Sequence[int]) -> None:
    """Raise SliceError if anchors and maps do not belong together."""
    lengths = {len(level) for level in anchors}
    is_paired = len(lengths) == 1 and all(length and length % 2 == 0 for length in lengths)
    if len(anchors) != len(ch) or not is_paired or len(ch) > 5:
        raise SliceError(
            f"AnchorDetect: needs a list of widths and heights for each of its {len(ch)} levels, not {anchors!r}"
        )
    if not all(isinstance(side, (int, float)) and side > 0 for level in anchors for side in level):
        raise SliceError(f"AnchorDetect: widths and heights of anchors are positive numbers, not {anchors!r}")


torch.serialization.add_safe_globals([AnchorDetect])  # checkpoints pickle the class
