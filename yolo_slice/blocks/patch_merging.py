"""Patch Merging: slice into channels, normalise each cell, project (Liu et al. 2021, Swin Transformer)."""

from torch import Tensor, nn

from yolo_slice.blocks.arguments import check_positive_integers
from yolo_slice.blocks.space_to_depth import space_to_depth
from yolo_slice.registry import block


@block(scale=0.5, paper="https://arxiv.org/abs/2103.14030")
class PatchMerging(nn.Module):
    """Halve the resolution by slicing, LayerNorm over the slices and a projection without bias (Liu et al. 2021).

    (B, c1, H, W) -> (B, c2, ceil(H/2), ceil(W/2)); odd sizes are zero-padded right and bottom. Slice order and names of
    the weights are those of Swin (there c2 = 2 * c1 and the channels are last); no BatchNorm, no activation.

    Args:
        c1: Input channels.
        c2: Output channels.

    Raises:
        ValueError: If c1 or c2 is not positive.

    Example:
        >>> import torch
        >>> PatchMerging(16, 32)(torch.zeros(1, 16, 64, 32)).shape
        torch.Size([1, 32, 32, 16])
    """

    def __init__(self, c1: int, c2: int) -> None:
        super().__init__()
        check_positive_integers("PatchMerging", c1=c1, c2=c2)
        self.norm = nn.LayerNorm(4 * c1)
        self.reduction = nn.Linear(4 * c1, c2, bias=False)
        nn.init.trunc_normal_(self.reduction.weight, std=0.02)  # as Swin begins

    def forward(self, x: Tensor) -> Tensor:
        cells = space_to_depth(x).permute(0, 2, 3, 1)  # (B, H/2, W/2, 4*c1)
        return self.reduction(self.norm(cells)).permute(0, 3, 1, 2)
