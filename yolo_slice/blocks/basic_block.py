"""The residual block of ResNet-18 and ResNet-34 (He et al. 2016)."""

import torch.nn.functional as F
from torch import Tensor, nn
from ultralytics.nn.modules import Conv

from yolo_slice.blocks.arguments import check_positive_integers
from yolo_slice.registry import block


@block(scale=1, paper="https://arxiv.org/abs/1512.03385")
class BasicBlock(nn.Module):
    """Add two 3x3 convolutions to the input, which a 1x1 convolution projects if its shape changes (He et al. 2016).

    (B, c1, H, W) -> (B, c2, ceil(H/s), ceil(W/s)). The activations are ReLU, whatever a model file's `activation` says.

    Args:
        c1: Input channels.
        c2: Output channels.
        s: Stride of the first convolution and of the projection.

    Raises:
        ValueError: If c1, c2 or s is not positive.

    Example:
        >>> import torch
        >>> BasicBlock(16, 32, 2)(torch.zeros(1, 16, 64, 32)).shape
        torch.Size([1, 32, 32, 16])
    """

    def __init__(self, c1: int, c2: int, s: int = 1) -> None:
        super().__init__()
        check_positive_integers("BasicBlock", c1=c1, c2=c2, s=s)
        self.cv1 = Conv(c1, c2, 3, s, act=nn.ReLU())
        self.cv2 = Conv(c2, c2, 3, act=False)
        self.shortcut = nn.Identity() if s == 1 and c1 == c2 else Conv(c1, c2, 1, s, act=False)

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(self.cv2(self.cv1(x)) + self.shortcut(x))
