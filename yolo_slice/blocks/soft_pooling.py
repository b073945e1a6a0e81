"""SoftPool: pooling weighted by the softmax of its window (Stergiou et al. 2021)."""

import torch
from torch import Tensor, nn

from yolo_slice.blocks.arguments import check_positive_integers
from yolo_slice.blocks.pool_windows import check_window, pool_windows
from yolo_slice.registry import block, layer

__all__ = ["SoftPool", "SoftPool2d", "soft_pool"]


def soft_pool(x: Tensor, k: int = 2, s: int | None = None, p: int = 0, ceil_mode: bool = False) -> Tensor:
    """Pool by the mean weighted with the softmax of each window and channel (Stergiou et al. 2021).

    y = sum_i w_i x_i with w_i = exp(x_i) / sum_j exp(x_j); dy/dx_i = w_i (1 + x_i - y). (B, C, H, W) ->
    (B, C, oH, oW), sized as by `torch.nn.functional.max_pool2d`. Padding does not count.

    The softmax subtracts each window's maximum and is computed in float32 at least: finite for every finite input. The
    authors' code exponentiates the activations themselves, which overflows in float16 from about 9.5.

    Args:
        x: Feature map.
        k: Side of the window.
        s: Stride; default: k.
        p: Padding on each side, at most half of k.
        ceil_mode: Whether windows that reach over the right and bottom edge count.

    Raises:
        ValueError: If k or s is not positive, p is too large, or the window is larger than the padded input.

    Example:
        >>> soft_pool(torch.tensor([[[[0.0, 0.0], [0.0, 10000.0]]]], dtype=torch.float16)).item()
        10000.0
    """
    s = k if s is None else s
    check_window("soft_pool", k, s, p)
    windows, is_padding = pool_windows(x, k, s, p, ceil_mode)
    logits = windows if is_padding is None else windows.masked_fill(is_padding, -torch.inf)
    return (logits.softmax(0) * windows).sum(0).to(x.dtype)


@layer
class SoftPool2d(nn.Module):
    """`soft_pool` as a module, in place of an `nn.MaxPool2d` (Stergiou et al. 2021).

    (B, C, H, W) -> (B, C, oH, oW). Args: those of `soft_pool`.
    """

    def __init__(self, k: int = 2, s: int | None = None, p: int = 0, ceil_mode: bool = False) -> None:
        super().__init__()
        self.k, self.s, self.p, self.ceil_mode = k, k if s is None else s, p, ceil_mode
        check_window("SoftPool2d", self.k, self.s, p)

    def forward(self, x: Tensor) -> Tensor:
        return soft_pool(x, self.k, self.s, self.p, self.ceil_mode)

    def extra_repr(self) -> str:
        return f"k={self.k}, s={self.s}, p={self.p}, ceil_mode={self.ceil_mode}"


@block(scale=0.5, paper="https://arxiv.org/abs/2101.00440")
class SoftPool(nn.Module):
    """Halve the resolution by 2x2 softmax-weighted pooling, then a bare 1x1 convolution (Stergiou et al. 2021).

    (B, c1, H, W) -> (B, c2, ceil(H/2), ceil(W/2)); on odd sizes the last windows are smaller. As
    `MaxPoolConv` with another pool: bias, no BatchNorm, no activation, also when c1 == c2. Only the pool: `soft_pool`.

    Args:
        c1: Input channels.
        c2: Output channels.

    Raises:
        ValueError: If c1 or c2 is not positive.

    Example:
        >>> SoftPool(16, 32)(torch.zeros(1, 16, 64, 32)).shape
        torch.Size([1, 32, 32, 16])
    """

    def __init__(self, c1: int, c2: int) -> None:
        super().__init__()
        check_positive_integers("SoftPool", c1=c1, c2=c2)
        self.pool = SoftPool2d(2, 2, ceil_mode=True)
        self.conv = nn.Conv2d(c1, c2, 1)

    def forward(self, x: Tensor) -> Tensor:
        return self.conv(self.pool(x))
