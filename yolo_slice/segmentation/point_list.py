"""A stage on a list of points: all pixels of kept 2x2 blocks, and the first pixel of each of the others.

It computes what the stage computes on the map, only not where values are held anyway (Hesse et al. 2023, CAD).
"""

from collections.abc import Iterable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor
from ultralytics.nn.modules import Conv

from yolo_slice.segmentation.held_bottleneck import HeldBottleneck, enlarge


@dataclass(frozen=True, slots=True)
class Points:
    """The points of a map of H x W pixels.

    Attributes:
        place: (N,) pixel of each point, numbered row by row.
        owner: (H*W,) point whose value each pixel has.
        hw: H and W.
    """

    place: Tensor
    owner: Tensor
    hw: tuple[int, int]

    def neighbours(self, d: int) -> Tensor:
        """Return (N, 9) pixels that a 3x3 convolution of dilation d reads for each point; H*W is outside the map."""
        height, width = self.hw
        step = torch.arange(-d, d + 1, d, device=self.place.device)
        row = (self.place // width).view(-1, 1, 1) + step.view(3, 1)
        column = (self.place % width).view(-1, 1, 1) + step
        inside = (row >= 0) & (row < height) & (column >= 0) & (column < width)
        return torch.where(inside, row * width + column, height * width).flatten(1)


def list_points(mask: Tensor, like: Tensor) -> Points:
    """List the points of one image.

    Args:
        mask: (1, 1, ceil(H/2), ceil(W/2)), 1 for blocks that are kept.
        like: (1, C, H, W).

    Example:
        >>> points = list_points(torch.tensor([[[[0.0, 1.0]]]]), torch.zeros(1, 1, 2, 3))
        >>> points.place.tolist(), points.owner.tolist()
        ([0, 2, 5], [0, 0, 1, 0, 0, 2])
    """
    keep = enlarge(mask, like)[0, 0] > 0.5
    is_point = keep.clone()
    is_point[::2, ::2] = True
    number = is_point.flatten().cumsum(0).view_as(keep) - 1
    first = number[::2, ::2].repeat_interleave(2, 0).repeat_interleave(2, 1)[: keep.shape[0], : keep.shape[1]]
    owner = torch.where(keep, number, first).flatten()
    return Points(is_point.flatten().nonzero().squeeze(1), owner, (keep.shape[0], keep.shape[1]))


def run_on_points(blocks: Iterable[HeldBottleneck], x: Tensor, mask: Tensor) -> Tensor:
    """Run a stage's blocks on the points of one image: (1, C, H, W) -> (1, c2, H, W).

    The first block's 1x1 convolution is computed on all pixels, because its 3x3 reads them all.
    """
    points = list_points(mask, x)
    first, *others = blocks
    pixels = x[0].flatten(1).t()
    owner = F.pad(points.owner, (0, 1), value=len(points.place))  # outside the map: the row of zeros after the points
    rows = _block(first, pixels, pixels[points.place], points.neighbours(1))
    taps = owner[points.neighbours(2)] if others else owner
    for block in others:
        rows = _block(block, rows, rows, taps)
    return rows[points.owner].view(1, *points.hw, -1).permute(0, 3, 1, 2).contiguous()


def _block(block: HeldBottleneck, x: Tensor, at_points: Tensor, taps: Tensor) -> Tensor:
    """Run a block on rows (M, c1): its 3x3 reads `taps` (N, 9) of them, its shortcut those of the points (N, c1)."""
    y = F.pad(_conv(block.cv1, x), (0, 0, 0, 1))
    y = _conv(block.cv3, _conv(block.cv2, y[taps].flatten(1)))
    return block.act(y + (_conv(block.shortcut, at_points) if block.shortcut else at_points))


def _conv(conv: Conv, rows: Tensor) -> Tensor:
    """Apply a convolution to rows (N, taps * channels); its BatchNorm, if it is not folded, and activation too."""
    weight = conv.conv.weight.permute(0, 2, 3, 1).flatten(1)
    y = F.linear(rows, weight, conv.conv.bias)
    bn = getattr(conv, "bn", None)
    if bn is not None:
        y = F.batch_norm(y, bn.running_mean, bn.running_var, bn.weight, bn.bias, eps=bn.eps)
    return conv.act(y)
