"""AdaPool: a learned mixture of two softmax-weighted poolings (Stergiou and Poppe 2023)."""

import torch
from torch import Tensor, nn

from yolo_slice.blocks.arguments import check_positive_integers
from yolo_slice.blocks.pool_windows import check_window, pool_windows
from yolo_slice.registry import block, layer

__all__ = ["AdaPool", "AdaPool2d"]


@layer
class AdaPool2d(nn.Module):
    """Pool by a learned mixture of similarity-weighted and softmax-weighted means (Stergiou and Poppe 2023).

    y = beta * eDSCW + (1 - beta) * eM. eM is `soft_pool`; eDSCW weights each pixel by the softmax of its Dice-Sorensen
    coefficient with the window's mean m, 2 |m x_i| / (m^2 + x_i^2). (B, C, H, W) -> (B, C, oH, oW), sized as by
    `torch.nn.functional.max_pool2d`. Padding does not count.

    One beta for all positions, because images of several sizes pass through one model; the authors have also one for
    each output position. Computed in float32 at least. The coefficient is computed from the ratio of its two sides, so
    that nothing overflows and a window of zeros gives zero.

    Attributes:
        beta: Mixture, one trained number, used as if clamped to 0..1; it begins at 0.5.

    Args:
        k: Side of the window.
        s: Stride; default: k.
        p: Padding on each side, at most half of k.
        ceil_mode: Whether windows that reach over the right and bottom edge count.

    Raises:
        ValueError: If k or s is not positive, p is too large, or the window is larger than the padded input.

    Example:
        >>> AdaPool2d()(torch.tensor([[[[2.0, 2.0], [2.0, 2.0]]]])).item()
        2.0
    """

    def __init__(self, k: int = 2, s: int | None = None, p: int = 0, ceil_mode: bool = False) -> None:
        super().__init__()
        self.k, self.s, self.p, self.ceil_mode = k, k if s is None else s, p, ceil_mode
        check_window("AdaPool2d", self.k, self.s, p)
        self.beta = nn.Parameter(torch.tensor(0.5))

    def forward(self, x: Tensor) -> Tensor:
        windows, is_padding = pool_windows(x, self.k, self.s, self.p, self.ceil_mode)
        similarity = _similarity_to_mean(windows, is_padding)
        beta = self.beta.to(windows.dtype).clamp(0, 1)
        weights = beta * _softmax(similarity, is_padding) + (1 - beta) * _softmax(windows, is_padding)
        return (weights * windows).sum(0).to(x.dtype)

    def extra_repr(self) -> str:
        return f"k={self.k}, s={self.s}, p={self.p}, ceil_mode={self.ceil_mode}"


def _similarity_to_mean(windows: Tensor, is_padding: Tensor | None) -> Tensor:
    """Return the Dice-Sorensen coefficient of each pixel with its window's mean; 0 where both are 0."""
    count = windows.shape[0] if is_padding is None else (~is_padding).sum(0)
    mean = (windows.sum(0) / count).abs().expand_as(windows)
    larger = torch.maximum(mean, windows.abs()).clamp_min(torch.finfo(windows.dtype).tiny)
    ratio = torch.minimum(mean, windows.abs()) / larger
    return 2 * ratio / (1 + ratio.square())


def _softmax(logits: Tensor, is_padding: Tensor | None) -> Tensor:
    return (logits if is_padding is None else logits.masked_fill(is_padding, -torch.inf)).softmax(0)


@block(scale=0.5, paper="https://arxiv.org/abs/2111.00772")
class AdaPool(nn.Module):
    """Halve the resolution by 2x2 adaptive exponential pooling, then a bare 1x1 convolution (Stergiou and Poppe 2023).

    (B, c1, H, W) -> (B, c2, ceil(H/2), ceil(W/2)); on odd sizes the last windows are smaller. As
    `MaxPoolConv` with another pool: bias, no BatchNorm, no activation, also when c1 == c2. Only the pool: `AdaPool2d`.

    Args:
        c1: Input channels.
        c2: Output channels.

    Raises:
        ValueError: If c1 or c2 is not positive.

    Example:
        >>> AdaPool(16, 32)(torch.zeros(1, 16, 64, 32)).shape
        torch.Size([1, 32, 32, 16])
    """

    def __init__(self, c1: int, c2: int) -> None:
        super().__init__()
        check_positive_integers("AdaPool", c1=c1, c2=c2)
        self.pool = AdaPool2d(2, 2, ceil_mode=True)
        self.conv = nn.Conv2d(c1, c2, 1)

    def forward(self, x: Tensor) -> Tensor:
        return self.conv(self.pool(x))
