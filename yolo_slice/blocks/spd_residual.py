"""The residual blocks of SPD-Conv's ResNets, which slice between two convolutions (Sunkara and Luo 2022)."""

import torch.nn.functional as F
from torch import Tensor, nn
from ultralytics.nn.modules import Conv

from yolo_slice.blocks.arguments import check_positive_integers
from yolo_slice.blocks.space_to_depth import space_to_depth
from yolo_slice.registry import block


@block(
    scale=0.5,
    paper="https://arxiv.org/abs/2208.03641",
    excused={"every_batch_norm_can_be_folded": "it normalises after slicing, each phase of a channel by itself"},
)
class SPDBasicBlock(nn.Module):
    """Halve the resolution in a residual block by slicing between its two 3x3 convolutions (Sunkara and Luo 2022).

    (B, c1, H, W) -> (B, c2, ceil(H/2), ceil(W/2)). The first convolution is computed at full resolution; the shortcut
    is a 1x1 convolution of stride 2, as in the authors' code: it does drop pixels. Slice order: `space_to_depth`.

    Args:
        c1: Input channels.
        c2: Output channels.

    Raises:
        ValueError: If c1 or c2 is not positive.

    Example:
        >>> import torch
        >>> SPDBasicBlock(16, 32)(torch.zeros(1, 16, 64, 32)).shape
        torch.Size([1, 32, 32, 16])
    """

    def __init__(self, c1: int, c2: int) -> None:
        super().__init__()
        check_positive_integers("SPDBasicBlock", c1=c1, c2=c2)
        self.cv1 = nn.Conv2d(c1, c2, 3, padding=1, bias=False)
        self.bn = nn.BatchNorm2d(4 * c2)
        self.cv2 = Conv(4 * c2, c2, 3, act=False)
        self.shortcut = Conv(c1, c2, 1, 2, act=False)

    def forward(self, x: Tensor) -> Tensor:
        y = F.relu(self.bn(space_to_depth(self.cv1(x))))
        return F.relu(self.cv2(y) + self.shortcut(x))


@block(
    scale=0.5,
    paper="https://arxiv.org/abs/2208.03641",
    excused={
        "every_batch_norm_can_be_folded": "it normalises after slicing, each phase of a channel by itself",
        "every_pixel_counts": "its few inner channels may all be zero after their ReLU; slicing itself drops nothing",
    },
)
class SPDBottleneck(nn.Module):
    """Halve the resolution in a bottleneck block by slicing before its last convolution (Sunkara and Luo 2022).

    (B, c1, H, W) -> (B, c2, ceil(H/2), ceil(W/2)). The inner convolutions have c2/4 channels; the 3x3 one is computed
    at full resolution; the shortcut is a 1x1 convolution of stride 2. Slice order: `space_to_depth`.

    Args:
        c1: Input channels.
        c2: Output channels, a multiple of 4.

    Raises:
        ValueError: If c1 or c2 is not positive, or c2 is not a multiple of 4.

    Example:
        >>> import torch
        >>> SPDBottleneck(16, 32)(torch.zeros(1, 16, 64, 32)).shape
        torch.Size([1, 32, 32, 16])
    """

    def __init__(self, c1: int, c2: int) -> None:
        super().__init__()
        check_positive_integers("SPDBottleneck", c1=c1, c2=c2)
        if c2 % 4:
            raise ValueError(f"SPDBottleneck: c2 must be a multiple of 4, not {c2}")
        inner = c2 // 4
        self.cv1 = Conv(c1, inner, 1, act=nn.ReLU())
        self.cv2 = nn.Conv2d(inner, inner, 3, padding=1, bias=False)
        self.bn = nn.BatchNorm2d(4 * inner)
        self.cv3 = Conv(4 * inner, c2, 1, act=False)
        self.shortcut = Conv(c1, c2, 1, 2, act=False)

    def forward(self, x: Tensor) -> Tensor:
        y = F.relu(self.bn(space_to_depth(self.cv2(self.cv1(x)))))
        return F.relu(self.cv3(y) + self.shortcut(x))
