"""DySample: up-sampling by sampling at learned points (Liu et al. 2023)."""

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from ultralytics.nn.modules import Conv

from yolo_slice.blocks.arguments import check_positive_integers
from yolo_slice.blocks.nearest_start import NearestStart
from yolo_slice.registry import block

RANGE = 0.25  # static scope factor, input pixels: how far an offset of 1 reaches


@block(scale=2, paper="https://arxiv.org/abs/2308.15085")
class DySample(NearestStart):
    """Double the resolution by bilinear sampling at points that a 1x1 convolution moves (Liu et al. 2023).

    (B, c1, H, W) -> (B, c2, 2H, 2W). The "lp" form with a static scope: each of the groups of channels has its own
    points. It starts as bilinear upsampling. Coordinates are computed in float32 at least, also under autocast: in half
    precision, as in the authors' code, they are wrong by up to a pixel on maps of 160.

    Args:
        c1: Input channels, a multiple of the groups.
        c2: Output channels; another number than c1 costs a 1x1 convolution, before the sampling.
        groups: Groups of channels that move together.

    Raises:
        ValueError: If c1, c2 or groups is not positive, or c1 is no multiple of the groups.

    Example:
        >>> DySample(16, 16)(torch.zeros(1, 16, 10, 20)).shape
        torch.Size([1, 16, 20, 40])
    """

    place: Tensor

    def __init__(self, c1: int, c2: int, groups: int = 4) -> None:
        super().__init__()
        check_positive_integers("DySample", c1=c1, c2=c2, groups=groups)
        if c1 % groups or c2 % groups:
            raise ValueError(f"DySample: c1 and c2 must be multiples of groups={groups}, not {c1} and {c2}")
        self.groups, self.keeps_channels = groups, c1 == c2
        self.offset = nn.Conv2d(c1, 8 * groups, 1)
        self.mix = nn.Identity() if c1 == c2 else Conv(c1, c2, 1)
        nn.init.normal_(self.offset.weight, std=0.001)
        nn.init.zeros_(self.offset.bias)
        # Where the four pixels of a cell lie from its centre, input pixels: channel (x or y, group, py, px)
        near = torch.tensor([-0.25, 0.25])
        dx, dy = near.expand(2, 2), near.unsqueeze(1).expand(2, 2)
        place = torch.stack([dx, dy]).unsqueeze(1).expand(2, groups, 2, 2).reshape(1, 8 * groups, 1, 1)
        self.register_buffer("place", place.clone(), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        shift = self.offset(x)
        wide = torch.promote_types(shift.dtype, torch.float32)
        shift = RANGE * shift.to(wide) + self.place.to(wide)
        return sample(self.mix(x), F.pixel_shuffle(shift, 2), self.groups)

    def write_nearest(self) -> None:
        """Let the bias take back the places: all four pixels of a cell sample its centre."""
        nn.init.zeros_(self.offset.weight)
        bias: Any = self.offset.bias
        bias.copy_(-self.place.flatten() / RANGE)


def sample(x: Tensor, shift: Tensor, groups: int) -> Tensor:
    """Sample a map bilinearly at the centres of its pixels, each four times, shifted; the border is replicated.

    Args:
        x: (B, C, H, W).
        shift: (B, 2 * groups, 2H, 2W): x of all groups, then y; input pixels.
        groups: Groups of channels, each with its own shifts.

    Returns:
        (B, C, 2H, 2W), in x's dtype.

    Example:
        >>> sample(torch.arange(2.0).view(1, 1, 1, 2), torch.zeros(1, 2, 2, 4), 1).flatten().tolist()
        [0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 1.0, 1.0]
    """
    b, c, h, w = x.shape
    wide = shift.dtype
    columns = torch.arange(w, device=x.device, dtype=wide).repeat_interleave(2)
    rows = torch.arange(h, device=x.device, dtype=wide).repeat_interleave(2).unsqueeze(1)
    dx, dy = shift.reshape(b, 2, groups, 2 * h, 2 * w).unbind(1)
    points = torch.stack([2 * (columns + dx + 0.5) / w - 1, 2 * (rows + dy + 0.5) / h - 1], -1)
    maps = x.reshape(b * groups, c // groups, h, w).to(wide)
    # both in float32, which autocast leaves as they are
    y = F.grid_sample(maps, points.flatten(0, 1), "bilinear", "border", align_corners=False)
    return y.reshape(b, c, 2 * h, 2 * w).to(x.dtype)
