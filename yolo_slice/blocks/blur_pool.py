"""BlurDown and BlurConv: a binomial low-pass before every second pixel is dropped (Zhang 2019)."""

from math import comb

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from ultralytics.nn.modules import Conv

from yolo_slice.blocks.arguments import check_positive_integers
from yolo_slice.registry import block


class Blur(nn.Module):
    """Blur every channel by the same binomial kernel and keep every second pixel.

    (B, C, H, W) -> (B, C, ceil(H/2), ceil(W/2)). The border is replicated, so that a constant stays what it is; the
    paper reflects it, which needs more pixels than small maps have. An even k centres on cells of 2x2 pixels, an odd
    one on the even pixels, as a strided 3x3 convolution does.

    Example:
        >>> Blur(1, 2)(torch.arange(4.0).view(1, 1, 2, 2)).item()
        1.5
    """

    kernel: Tensor

    def __init__(self, c: int, k: int) -> None:
        super().__init__()
        row = torch.tensor([comb(k - 1, i) / 2 ** (k - 1) for i in range(k)])
        self.register_buffer("kernel", row.outer(row).repeat(c, 1, 1, 1), persistent=False)
        before = (k - 1) // 2
        self.pad = (before, k - 1 - before) * 2

    def forward(self, x: Tensor) -> Tensor:
        return F.conv2d(F.pad(x, self.pad, mode="replicate"), self.kernel, stride=2, groups=x.shape[1])


def _check(name: str, c1: int, c2: int, k: int) -> None:
    check_positive_integers(name, c1=c1, c2=c2, k=k)
    if k < 2:
        raise ValueError(f"{name}: kernel size k must be at least 2, because one of 1 blurs nothing, not {k}")


@block(scale=0.5, paper="https://arxiv.org/abs/1904.11486")
class BlurDown(nn.Module):
    """Halve the resolution by a binomial blur, then mix pointwise: cheap and anti-aliased (after Zhang 2019).

    (B, c1, H, W) -> (B, c2, ceil(H/2), ceil(W/2)); see `Blur` for the border. k=2 is average pooling.

    Args:
        c1: Input channels.
        c2: Output channels.
        k: Size of the blur, at least 2.

    Raises:
        ValueError: If c1 or c2 is not positive, or k is less than 2.

    Example:
        >>> BlurDown(16, 32)(torch.zeros(1, 16, 64, 32)).shape
        torch.Size([1, 32, 32, 16])
    """

    def __init__(self, c1: int, c2: int, k: int = 4) -> None:
        super().__init__()
        _check("BlurDown", c1, c2, k)
        self.blur = Blur(c1, k)
        self.conv = Conv(c1, c2, 1)

    def forward(self, x: Tensor) -> Tensor:
        return self.conv(self.blur(x))


@block(scale=0.5, paper="https://arxiv.org/abs/1904.11486")
class BlurConv(nn.Module):
    """Convolve 3x3 at full resolution, then halve it by a binomial blur: the paper's strided convolution (Zhang 2019).

    (B, c1, H, W) -> (B, c2, ceil(H/2), ceil(W/2)); four times the operations of the strided convolution.

    Args:
        c1: Input channels.
        c2: Output channels.
        k: Size of the blur, at least 2.

    Raises:
        ValueError: If c1 or c2 is not positive, or k is less than 2.

    Example:
        >>> BlurConv(16, 32)(torch.zeros(1, 16, 64, 32)).shape
        torch.Size([1, 32, 32, 16])
    """

    def __init__(self, c1: int, c2: int, k: int = 4) -> None:
        super().__init__()
        _check("BlurConv", c1, c2, k)
        self.conv = Conv(c1, c2, 3)
        self.blur = Blur(c2, k)

    def forward(self, x: Tensor) -> Tensor:
        return self.blur(self.conv(x))


torch.serialization.add_safe_globals([Blur])  # checkpoints pickle the class
