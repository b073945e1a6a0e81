"""SliceSamp with its slices in the order of OpenVINO's SpaceToDepth, which takes their place once the graph is made."""

import torch
from torch import Tensor, nn

from yolo_slice.blocks.slice_samp import SliceSamp
from yolo_slice.blocks.space_to_depth import pad_to_cells
from yolo_slice.deploy.folded import folded, like


class SlicesInRows(nn.Module):
    """Move pixels into channels, those of a cell's upper row first: channel (2*py + px)*C + q is pixel (py, px) of q.

    (B, C, H, W) -> (B, 4*C, ceil(H/2), ceil(W/2)); `space_to_depth` goes down the columns. As there, the size traced
    with decides if the graph pads.
    """

    def forward(self, x: Tensor) -> Tensor:
        x = pad_to_cells(x)
        return torch.cat([x[..., py::2, px::2] for py in range(2) for px in range(2)], 1)


def in_rows(block: SliceSamp) -> nn.Module | None:
    """Rewrite a SliceSamp; None if its convolutions are not plain ones."""
    depthwise, pointwise = folded(block.depthwise), folded(block.pointwise)
    if depthwise is None or pointwise is None:
        return None
    bias = depthwise.bias if depthwise.bias is None else _turned(depthwise.bias, 0)
    depthwise = like(depthwise, weight=_turned(depthwise.weight, 0), bias=bias)
    pointwise = like(pointwise, weight=_turned(pointwise.weight, 1))
    return nn.Sequential(SlicesInRows(), depthwise, block.depthwise.act, pointwise, block.pointwise.act)


def _turned(values: Tensor, axis: int) -> Tensor:
    """Exchange the second and the third quarter: down the columns, or along the rows."""
    first, second, third, fourth = values.chunk(4, axis)
    return torch.cat([first, third, second, fourth], axis)
