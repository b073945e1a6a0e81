"""Slicing alone as four strided depthwise convolutions of one tap each: no slice is left in the graph."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from yolo_slice.blocks.patch_merging import PatchMerging
from yolo_slice.blocks.space_to_depth import SpaceToDepth, fixed_sizes
from yolo_slice.deploy.folded import like

PLACES = ((0, 0), (1, 0), (0, 1), (1, 1))  # py, px of groups 0 to 3, in the order of `space_to_depth`


class FourTaps(nn.Module):
    """`space_to_depth`, each channel times a factor: every kernel is 2x2 and has one tap, at its slice's place.

    (B, C, H, W) -> (B, 4*C, ceil(H/2), ceil(W/2)); the size traced with decides if the graph pads, as in
    `space_to_depth`.

    Args:
        weight: (4*C, 1, 1, 1), the factors; all one for slicing alone.
        bias: (4*C,), or None.
    """

    def __init__(self, weight: Tensor, bias: Tensor | None = None) -> None:
        super().__init__()
        c = len(weight) // 4
        pattern = nn.Conv2d(c, c, 2, 2, groups=c, bias=False, device=weight.device, dtype=weight.dtype)
        self.convs = nn.ModuleList()
        for factors, part, (py, px) in zip(weight.chunk(4), quarters(bias), PLACES, strict=True):
            kernel = weight.new_zeros(c, 1, 2, 2)
            kernel[:, 0, py, px] = factors.detach().flatten()
            self.convs.append(like(pattern, weight=kernel, bias=part))

    def forward(self, x: Tensor) -> Tensor:
        height, width = fixed_sizes(x)
        if height % 2 or width % 2:
            x = F.pad(x, (0, width % 2, 0, height % 2))
        return torch.cat([conv(x) for conv in self.convs], 1)


def quarters(bias: Tensor | None) -> tuple[Tensor | None, ...]:
    """Return each group's part of a bias."""
    return (None,) * 4 if bias is None else bias.chunk(4)


class TapsOnly(nn.Module):
    """SpaceToDepth without slices; how many channels there are, the first map that comes says."""

    def __init__(self) -> None:
        super().__init__()
        self.slicing: FourTaps | None = None

    def forward(self, x: Tensor) -> Tensor:
        if self.slicing is None:
            self.slicing = FourTaps(x.new_ones(4 * x.shape[1], 1, 1, 1))
        return self.slicing(x)


class TapsMerged(nn.Module):
    """PatchMerging without slices."""

    def __init__(self, block: PatchMerging) -> None:
        super().__init__()
        ones = block.norm.weight.new_ones(len(block.norm.weight), 1, 1, 1)
        self.slicing, self.norm, self.reduction = FourTaps(ones), block.norm, block.reduction

    def forward(self, x: Tensor) -> Tensor:
        return self.reduction(self.norm(self.slicing(x).permute(0, 2, 3, 1))).permute(0, 3, 1, 2)


def taps_only(_: SpaceToDepth) -> nn.Module:
    """Rewrite a SpaceToDepth."""
    return TapsOnly()


def taps_merged(block: PatchMerging) -> nn.Module:
    """Rewrite a PatchMerging."""
    return TapsMerged(block)
