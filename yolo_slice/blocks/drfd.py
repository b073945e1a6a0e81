"""DRFD: three ways to halve a map, side by side (Lu et al. 2023, Robust Feature Downsampling)."""

from math import gcd
from typing import Any

import torch
from torch import Tensor, nn
from ultralytics.nn.modules import Conv, RepVGGDW

from yolo_slice.blocks.arguments import check_positive_integers
from yolo_slice.blocks.space_to_depth import space_to_depth
from yolo_slice.registry import block


@block(
    scale=0.5,
    paper="https://doi.org/10.1109/TGRS.2023.3282048",
    excused={"every_batch_norm_can_be_folded": "two stand before a convolution; LateNorms folds them by itself"},
)
class DRFD(nn.Module):
    """Halve the resolution by slices, a strided depthwise convolution and max pooling together (Lu et al. 2023).

    (B, c1, H, W) -> (B, c2, ceil(H/2), ceil(W/2)); odd sizes are zero-padded for the slices, and the last pooling
    windows are smaller (the authors' code raises). The other two branches see the map after a grouped 3x3 convolution
    at full resolution. Its groups are the common divisor of c1 and c2; the paper's are c1, of which c2 is a multiple.

    Args:
        c1: Input channels.
        c2: Output channels.

    Raises:
        ValueError: If c1 or c2 is not positive.

    Example:
        >>> DRFD(16, 32)(torch.zeros(1, 16, 64, 32)).shape
        torch.Size([1, 32, 32, 16])
    """

    def __init__(self, c1: int, c2: int) -> None:
        super().__init__()
        check_positive_integers("DRFD", c1=c1, c2=c2)
        self.cut = Conv(4 * c1, c2, 1, act=False)
        self.widen = nn.Conv2d(c1, c2, 3, padding=1, groups=gcd(c1, c2))
        self.strided = nn.Sequential(nn.Conv2d(c2, c2, 3, 2, 1, groups=c2), nn.GELU())
        self.pooled = nn.MaxPool2d(2, 2, ceil_mode=True)
        self.mix = LateNorms(c2)

    def forward(self, x: Tensor) -> Tensor:
        wide = self.widen(x)
        return self.mix(self.cut(space_to_depth(x)), self.strided(wide), self.pooled(wide))


class LateNorms(RepVGGDW):
    """Two BatchNorms, after an activation and after a pooling, and the 1x1 convolution that mixes what they give.

    No BatchNorm stands after a convolution, so Ultralytics' Conv is no help. Its `fuse()` asks every RepVGGDW to fold
    itself, which is all that is meant by being one.

    Example:
        >>> x, mix = torch.randn(1, 4, 2, 2), LateNorms(4).eval()
        >>> before = mix(x, x, x)
        >>> mix.fuse()
        >>> torch.allclose(mix.forward_fuse(x, x, x), before, atol=1e-6)
        True
    """

    def __init__(self, c: int) -> None:
        nn.Module.__init__(self)
        self.strided_bn = nn.BatchNorm2d(c)
        self.pooled_bn = nn.BatchNorm2d(c)
        self.conv = nn.Conv2d(3 * c, c, 1)

    def forward(self, cut: Tensor, strided: Tensor, pooled: Tensor) -> Tensor:
        return self.forward_fuse(cut, self.strided_bn(strided), self.pooled_bn(pooled))

    def forward_fuse(self, cut: Tensor, strided: Tensor, pooled: Tensor) -> Tensor:
        return self.conv(torch.cat([cut, strided, pooled], 1))

    @torch.no_grad()
    def fuse(self) -> None:
        """Fold the BatchNorms into the convolution after them."""
        norms, c = (self.strided_bn, self.pooled_bn), self.conv.out_channels
        bn: Any
        bias: Any = self.conv.bias
        for start, bn in zip((c, 2 * c), norms, strict=True):
            columns = self.conv.weight[:, start : start + c]
            gain = bn.weight / (bn.running_var + bn.eps).sqrt()
            bias += columns.flatten(1) @ (bn.bias - bn.running_mean * gain)
            columns *= gain.view(1, -1, 1, 1)
        del self.strided_bn, self.pooled_bn


torch.serialization.add_safe_globals([LateNorms])  # checkpoints pickle the class
