"""EUCB: the efficient up-convolution block of EMCAD (Rahman et al. 2024)."""

from torch import Tensor, nn
from ultralytics.nn.modules import Conv

from yolo_slice.blocks.arguments import check_odd_kernel, check_positive_integers
from yolo_slice.blocks.nearest_start import NearestStart
from yolo_slice.registry import block

SHIFT = 18.0  # around it SiLU is the identity to 4e-7, for inputs that a SiLU gives, which are -0.28 at least


@block(scale=2, paper="https://arxiv.org/abs/2405.06880")
class EUCB(NearestStart):
    """Double the resolution by nearest upsampling, then a depthwise and a pointwise convolution (Rahman et al. 2024).

    (B, c1, H, W) -> (B, c2, 2H, 2W). The paper's ReLU is SiLU here: ReLU leaves pixels without a gradient. The paper
    also shuffles the channels in groups of one, which moves nothing.

    Args:
        c1: Input channels.
        c2: Output channels.
        k: Kernel size of the depthwise convolution, odd.

    Raises:
        ValueError: If c1 or c2 is not positive, or k is not odd and positive.

    Example:
        >>> import torch
        >>> EUCB(16, 16)(torch.zeros(1, 16, 10, 20)).shape
        torch.Size([1, 16, 20, 40])
    """

    def __init__(self, c1: int, c2: int, k: int = 3) -> None:
        super().__init__()
        check_positive_integers("EUCB", c1=c1, c2=c2)
        check_odd_kernel("EUCB", k)
        self.keeps_channels = c1 == c2
        self.up = nn.Upsample(scale_factor=2, mode="nearest")
        self.depthwise = Conv(c1, c1, k, g=c1, act=nn.SiLU())
        self.pointwise = nn.Conv2d(c1, c2, 1)

    def forward(self, x: Tensor) -> Tensor:
        return self.pointwise(self.depthwise(self.up(x)))

    def write_nearest(self) -> None:
        """Let both convolutions copy, the BatchNorm shift to where SiLU copies too, and the last bias shift back."""
        bn = self.depthwise.bn
        nn.init.dirac_(self.depthwise.conv.weight, groups=len(self.depthwise.conv.weight))
        bn.reset_running_stats()
        nn.init.constant_(bn.weight, (1 + bn.eps) ** 0.5)
        nn.init.constant_(bn.bias, SHIFT)
        nn.init.dirac_(self.pointwise.weight)
        nn.init.constant_(self.pointwise.bias, -SHIFT)
