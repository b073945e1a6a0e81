"""LIP: local importance-based pooling (Gao et al. 2019)."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from ultralytics.nn.modules import Conv

from yolo_slice.blocks.arguments import check_positive_integers
from yolo_slice.registry import block

SHARPNESS = 12.0  # the paper's; a pixel outweighs another by e^12 at most


@block(
    scale=0.5,
    paper="https://arxiv.org/abs/1908.04156",
    excused={"gradients_reach_every_parameter": "starts as average pooling: its logits' gain is 0 and learns first"},
)
class LIP(nn.Module):
    """Halve the resolution by averages weighted with a learned importance, then mix pointwise (Gao et al. 2019).

    (B, c1, H, W) -> (B, c2, ceil(H/2), ceil(W/2)). Windows are 3x3 with stride 2; what lies outside the image does not
    count. The weight of a pixel is e^z with z = 12 sigmoid(logit). Computed as e^(z - 12), which is at most 1, in
    float32 at least: e^12 exceeds what half precision holds.

    The paper normalises the logits by an InstanceNorm with a zero convolution before it. Here it is a BatchNorm of gain
    0: InstanceNorm fails on maps of one pixel, cannot be folded, and blows up the first gradient. Both start as average
    pooling.

    Args:
        c1: Input channels.
        c2: Output channels.

    Raises:
        ValueError: If c1 or c2 is not positive.

    Example:
        >>> LIP(16, 32)(torch.zeros(1, 16, 64, 32)).shape
        torch.Size([1, 32, 32, 16])
    """

    def __init__(self, c1: int, c2: int) -> None:
        super().__init__()
        check_positive_integers("LIP", c1=c1, c2=c2)
        self.logit = Conv(c1, c1, 3, act=False)
        self.conv = Conv(c1, c2, 1)
        nn.init.zeros_(self.logit.bn.weight)

    def forward(self, x: Tensor) -> Tensor:
        return self.conv(importance_pool(x, self.logit(x)))


def importance_pool(x: Tensor, logit: Tensor) -> Tensor:
    """Average 3x3 windows of stride 2, weighted by e^(12 sigmoid(logit)) (Gao et al. 2019, eq. 3).

    Args:
        x: (B, C, H, W).
        logit: Of the same shape.

    Returns:
        (B, C, ceil(H/2), ceil(W/2)), in x's dtype.

    Example:
        >>> importance_pool(torch.ones(1, 1, 2, 2), torch.randn(1, 1, 2, 2)).item()
        1.0
    """
    wide = torch.promote_types(x.dtype, torch.float32)
    weight = (SHARPNESS * (logit.to(wide).sigmoid() - 1)).exp()
    mean = F.avg_pool2d(x.to(wide) * weight, 3, 2, 1) / F.avg_pool2d(weight, 3, 2, 1)
    return mean.to(x.dtype)
