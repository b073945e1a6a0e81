"""DPP: detail-preserving pooling (Saeedan et al. 2018)."""

import torch
from torch import Tensor, nn
from ultralytics.nn.modules import Conv

from yolo_slice.blocks.arguments import check_positive_integers
from yolo_slice.blocks.pool_windows import pool_windows
from yolo_slice.registry import block

SMALLEST = 1e-3  # added to squared differences, as the paper does
LARGEST_OFFSET = 10.0  # of the logarithm of the reward that every pixel gets


@block(scale=0.5, paper="https://arxiv.org/abs/1804.04076")
class DPP(nn.Module):
    """Halve the resolution by averages that reward what differs from the window's mean, then mix (Saeedan et al. 2018).

    (B, c1, H, W) -> (B, c2, ceil(H/2), ceil(W/2)); on odd sizes the last windows are smaller. The symmetric "lite"
    form, in float32 at least. Each channel learns two numbers: how much a difference counts, and how much every pixel
    counts anyway. Their names end in bias so that, as in the paper, no weight decay pulls at them.

    Args:
        c1: Input channels.
        c2: Output channels.

    Raises:
        ValueError: If c1 or c2 is not positive.

    Example:
        >>> DPP(16, 32)(torch.zeros(1, 16, 64, 32)).shape
        torch.Size([1, 32, 32, 16])
    """

    def __init__(self, c1: int, c2: int) -> None:
        super().__init__()
        check_positive_integers("DPP", c1=c1, c2=c2)
        bound = c1**-0.5
        self.lambda_bias = nn.Parameter(torch.empty(c1).uniform_(-bound, bound))
        self.alpha_bias = nn.Parameter(torch.empty(c1).uniform_(-bound, bound))
        self.conv = Conv(c1, c2, 1)

    def forward(self, x: Tensor) -> Tensor:
        return self.conv(detail_pool(x, self.lambda_bias, self.alpha_bias))


def detail_pool(x: Tensor, log_power: Tensor, log_offset: Tensor) -> Tensor:
    """Average 2x2 windows with the weights r^(e^lambda / 2) + e^alpha (Saeedan et al. 2018, eq. 5 to 8).

    r is a pixel's squared difference from its window's mean, over the window's mean of such.

    Args:
        x: (B, C, H, W).
        log_power: lambda, (C,).
        log_offset: alpha, (C,), of which no more than 10 counts.

    Returns:
        (B, C, ceil(H/2), ceil(W/2)), in x's dtype.

    Example:
        >>> x = torch.tensor([0.0, 0.0, 0.0, 4.0]).view(1, 1, 2, 2)
        >>> flat = detail_pool(x, torch.full((1,), -99.0), torch.zeros(1))  # no difference counts: average pooling
        >>> flat.item(), detail_pool(x, torch.zeros(1), torch.zeros(1)).item() > 1
        (1.0, True)
    """
    windows, is_padding = pool_windows(x, 2, 2, 0, ceil_mode=True)
    counts = torch.ones_like(windows[:, :1, :1]) if is_padding is None else (~is_padding).to(windows.dtype)
    total = counts.sum(0)
    mean = windows.sum(0) / total  # what is padding is 0
    squares = (windows - mean).square() + SMALLEST
    ratio = squares / ((squares * counts).sum(0) / total)
    power, offset = (p.to(windows.dtype).view(-1, 1, 1) for p in (log_power, log_offset.clamp(max=LARGEST_OFFSET)))
    weights = (ratio.pow(power.exp() / 2) + offset.exp()) * counts
    return ((weights * windows).sum(0) / weights.sum(0)).to(x.dtype)
