"""Which predictions of an anchor-based head answer for which object: the assignment of YOLOv5."""

from dataclasses import dataclass

import torch
from torch import Tensor

SHIFTS = ((0.0, 0.0), (-0.5, 0.0), (0.0, -0.5), (0.5, 0.0), (0.0, 0.5))  # to: own cell, left, above, right, below


@dataclass(frozen=True, slots=True)
class Objects:
    """The objects of a batch, n together.

    Attributes:
        image: (n,) index of the image in the batch.
        label: (n,) class index.
        xywhn: (n, 4) centre x, centre y, width, height as fractions of the network's input.
    """

    image: Tensor
    label: Tensor
    xywhn: Tensor


@dataclass(frozen=True, slots=True)
class Matches:
    """Predictions of one level and the objects they answer for; n pairs.

    Attributes:
        image: (n,) index of the image in the batch.
        anchor: (n,) index of the anchor within the level.
        row: (n,) row of the cell.
        column: (n,) column of the cell.
        label: (n,) class index.
        xywh: (n, 4) the object in cells: centre relative to the cell's corner, width, height.
    """

    image: Tensor
    anchor: Tensor
    row: Tensor
    column: Tensor
    label: Tensor
    xywh: Tensor


def match(objects: Objects, anchors: Tensor, hw: tuple[int, int], threshold: float) -> Matches:
    """Assign objects to the anchors and cells of one level.

    An anchor fits if neither side of the object is `threshold` times longer or shorter than its own. It answers in the
    object's cell, and in the cell beside and the one above or below that the centre is nearer to: the decoded centre
    reaches half a cell beyond its cell. One object may so have up to three cells of each fitting anchor, or none.

    Args:
        objects: All objects of the batch.
        anchors: (A, 2) width, height in cells.
        hw: Rows and columns of the level.
        threshold: Longest ratio of sides that is still a fit (`anchor_t`).
    """
    size = anchors.new_tensor([hw[1], hw[0]])
    centre, wh = (objects.xywhn.to(anchors) * size.repeat(2)).split(2, 1)
    anchor, which = _fits(wh, anchors, threshold).nonzero(as_tuple=True)
    pair, shift = _cells(centre[which], size).nonzero(as_tuple=True)
    anchor, which = anchor[pair], which[pair]
    cell = (centre[which] + anchors.new_tensor(SHIFTS)[shift]).floor().clamp(min=0).minimum(size - 1)
    column, row = cell.long().unbind(1)
    xywh = torch.cat((centre[which] - cell, wh[which]), 1)
    return Matches(objects.image[which].long(), anchor, row, column, objects.label[which].long(), xywh)


def _fits(wh: Tensor, anchors: Tensor, threshold: float) -> Tensor:
    """Tell which anchor fits which object: (A, n)."""
    ratio = wh / anchors[:, None]
    return torch.maximum(ratio, 1 / ratio).amax(2) < threshold


def _cells(centre: Tensor, size: Tensor) -> Tensor:
    """Tell in which of the five cells of `SHIFTS` an object has its anchors: (n, 5); never outside the level."""
    to_end = size - centre
    before = (centre % 1 < 0.5) & (centre > 1)
    after = (to_end % 1 < 0.5) & (to_end > 1)
    return torch.cat((torch.ones_like(before[:, :1]), before, after), 1)
