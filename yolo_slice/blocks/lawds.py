"""LAWDS: lightweight adaptive weight downsampling, with the weights of each cell its own."""

from math import gcd

import torch
from torch import Tensor, nn
from ultralytics.nn.modules import Conv

from yolo_slice.blocks.arguments import check_positive_integers
from yolo_slice.blocks.space_to_depth import space_to_depth
from yolo_slice.registry import block


@block(scale=0.5, paper="https://doi.org/10.3390/app15073961")
class LAWDS(nn.Module):
    """Halve the resolution by four strided convolutions, weighted by a softmax per cell (as in Huang et al. 2025).

    (B, c1, H, W) -> (B, c2, ceil(H/2), ceil(W/2)); a pixel missing from the last cell of an odd size has the logit 0.

    There is no paper of its own, and the code that is passed around splits height and width the wrong way round: there
    the four weights of output (0, 0) come from the pixels (0, 0), (0, W/2), (H/2, 0) and (H/2, W/2), so that the
    quadrants of the image compete. Here the four pixels of a cell do. The groups of the strided convolutions are c1/16
    where that divides c1, as there, and else fewer. The softmax is computed in float32 at least.

    Args:
        c1: Input channels.
        c2: Output channels; another number than c1 costs a 1x1 convolution.

    Raises:
        ValueError: If c1 or c2 is not positive.

    Example:
        >>> LAWDS(16, 32)(torch.zeros(1, 16, 64, 32)).shape
        torch.Size([1, 32, 32, 16])
    """

    def __init__(self, c1: int, c2: int) -> None:
        super().__init__()
        check_positive_integers("LAWDS", c1=c1, c2=c2)
        self.logit = nn.Sequential(nn.AvgPool2d(3, 1, 1), Conv(c1, c1, 1))
        self.value = Conv(c1, 4 * c1, 3, 2, g=gcd(c1, max(c1 // 16, 1)))
        self.mix = Conv(c1, c2, 1) if c1 != c2 else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        return self.mix(weigh_cells(self.value(x), space_to_depth(self.logit(x))))


def weigh_cells(values: Tensor, logits: Tensor) -> Tensor:
    """Average four groups of channels with the softmax of four logits as weights.

    Args:
        values: (B, 4*C, H, W), group-major.
        logits: Of the same shape and order.

    Returns:
        (B, C, H, W), in the dtype of the values.

    Example:
        >>> weigh_cells(torch.arange(4.0).view(1, 4, 1, 1), torch.zeros(1, 4, 1, 1)).item()
        1.5
    """
    wide = torch.promote_types(values.dtype, torch.float32)
    weights = logits.unflatten(1, (4, -1)).to(wide).softmax(1)
    return (weights * values.unflatten(1, (4, -1)).to(wide)).sum(1).to(values.dtype)
