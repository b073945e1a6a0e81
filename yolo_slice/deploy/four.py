"""SliceSamp without its slicing: four strided depthwise convolutions of the unsliced map, side by side.

Slice (py, px) holds every second pixel, from py and px on. A convolution of it is a convolution of the map itself that
steps over two pixels and whose taps are two pixels apart; only the padding says which slice it is.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from yolo_slice.blocks.slice_samp import SliceSamp
from yolo_slice.deploy.folded import folded, like
from yolo_slice.deploy.taps import PLACES, FourTaps, quarters


class FourConvolutions(nn.Module):
    """`space_to_depth` and a depthwise convolution after it, as one operation.

    (B, C, H, W) -> (B, 4*C, ceil(H/2), ceil(W/2)), for every H and W, also in a graph that was traced with others.

    Args:
        depthwise: The convolution after the slicing: 4*C channels, its kernel odd and at least 3.
    """

    def __init__(self, depthwise: nn.Conv2d) -> None:
        super().__init__()
        c, reach = len(depthwise.weight) // 4, depthwise.kernel_size[0] // 2 * 2
        parts = zip(depthwise.weight.chunk(4), quarters(depthwise.bias), PLACES, strict=True)
        self.convs = nn.ModuleList(
            like(depthwise, weight=w, bias=b, stride=2, dilation=2, groups=c, padding=0 if any(place) else reach)
            for w, b, place in parts
        )
        # left, right, top, bottom: a slice that begins one pixel later has one pixel less before it
        self.pads = [(reach - px, reach + px, reach - py, reach + py) for py, px in PLACES[1:]]

    def forward(self, x: Tensor) -> Tensor:
        first, *others = self.convs
        padded = (F.pad(x, pad) for pad in self.pads)
        return torch.cat([first(x), *(conv(y) for conv, y in zip(others, padded, strict=True))], 1)


def four(block: SliceSamp) -> nn.Module | None:
    """Rewrite a SliceSamp; None if its convolutions are not plain ones."""
    depthwise, pointwise = folded(block.depthwise), folded(block.pointwise)
    if depthwise is None or pointwise is None:
        return None
    is_single = depthwise.kernel_size == (1, 1)
    first = FourTaps(depthwise.weight, depthwise.bias) if is_single else FourConvolutions(depthwise)
    return nn.Sequential(first, block.depthwise.act, pointwise, block.pointwise.act)
