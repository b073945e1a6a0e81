"""The stem of Swin Transformer: patches of 4x4 pixels, projected (Liu et al. 2021)."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from yolo_slice.blocks.arguments import check_positive_integers
from yolo_slice.segmentation.channel_norm import ChannelNorm


class PatchEmbed(nn.Module):
    """Cut into patches, project each to c2 channels and normalise (Liu et al. 2021, sec. 3.1).

    (B, c1, H, W) -> (B, c2, ceil(H/patch), ceil(W/patch)); other sizes are zero-padded right and bottom.

    Args:
        c1: Input channels.
        c2: Output channels.
        patch: Side of a patch, pixels.

    Raises:
        ValueError: If c1, c2 or patch is not positive.

    Example:
        >>> PatchEmbed(3, 96)(torch.zeros(1, 3, 64, 30)).shape
        torch.Size([1, 96, 16, 8])
    """

    def __init__(self, c1: int, c2: int, patch: int = 4) -> None:
        super().__init__()
        check_positive_integers("PatchEmbed", c1=c1, c2=c2, patch=patch)
        self.conv = nn.Conv2d(c1, c2, patch, patch)
        self.norm = ChannelNorm(c2, c2)

    def forward(self, x: Tensor) -> Tensor:
        bottom, right = (-int(side) % self.conv.kernel_size[0] for side in x.shape[-2:])
        return self.norm(self.conv(F.pad(x, (0, right, 0, bottom))))


torch.serialization.add_safe_globals([PatchEmbed])  # checkpoints pickle the class
