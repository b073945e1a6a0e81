"""A bottleneck of ResNet some of whose 2x2 blocks of pixels hold one value: the part of a stage that can be coarse."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from ultralytics.nn.modules import Conv


class HeldBottleneck(nn.Module):
    """Bottleneck block (He et al. 2016) at full resolution in kept blocks of 2x2 pixels, at half of it in the others.

    (B, c1, H, W) -> (B, c2, H, W), or half of that if it strides. After the 3x3 convolution, and after a changed
    shortcut, blocks that are not kept hold their first pixel's value; whatever acts on single pixels leaves them so.

    Args:
        c1: Input channels.
        c2: Output channels.
        inner: Channels of the 3x3 convolution.
        s: Stride of the 3x3 convolution and the shortcut.
        d: Dilation of the 3x3 convolution.
        first: Whether it is the first of a stage, whose shortcut is a convolution.
        act: Activation, a name in torch.nn.
    """

    def __init__(self, c1: int, c2: int, inner: int, s: int = 1, d: int = 1, first: bool = False, act: str = "ReLU"):
        super().__init__()
        activation = getattr(nn, act)
        self.cv1 = Conv(c1, inner, 1, act=activation())
        self.cv2 = Conv(inner, inner, 3, s, d=d, act=activation())
        self.cv3 = Conv(inner, c2, 1, act=False)
        self.shortcut = Conv(c1, c2, 1, s, act=False) if first else None
        self.act = activation()

    def forward(self, x: Tensor, keep: Tensor | None = None) -> Tensor:
        y = self.cv3(hold(self.cv2(self.cv1(x)), keep))
        return self.act(y + (hold(self.shortcut(x), keep) if self.shortcut else x))


def hold(x: Tensor, keep: Tensor | None) -> Tensor:
    """Give all pixels of a 2x2 block the value of its first, unless the block is kept.

    Args:
        x: (B, C, H, W).
        keep: (B, 1, H, W), 1 where a pixel is kept and 0 elsewhere, alike in a block; None keeps all.

    Example:
        >>> hold(torch.tensor([[[[1.0, 2, 3], [4, 5, 6]]]]), torch.tensor([[[[0.0, 0, 1], [0, 0, 1]]]])).tolist()
        [[[[1.0, 1.0, 3.0], [1.0, 1.0, 6.0]]]]
    """
    if keep is None:
        return x
    keep = keep.to(x.dtype)
    return keep * x + (1 - keep) * enlarge(x[..., ::2, ::2], x)


def enlarge(x: Tensor, like: Tensor) -> Tensor:
    """Repeat each value of x (B, C, ceil(H/2), ceil(W/2)) in a block of 2x2, for a map of the sides of `like`."""
    return F.interpolate(x, scale_factor=2.0, mode="nearest")[..., : like.shape[-2], : like.shape[-1]]


torch.serialization.add_safe_globals([HeldBottleneck])  # checkpoints pickle the class
