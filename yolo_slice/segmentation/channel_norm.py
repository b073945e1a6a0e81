"""LayerNorm over the channels of a feature map."""

import torch
from torch import Tensor, nn

from yolo_slice.blocks.arguments import check_positive_integers


class ChannelNorm(nn.LayerNorm):
    """Normalise the channels of each pixel, then scale and shift them (Ba et al. 2016; in Swin after each stage).

    (B, c1, H, W) -> (B, c1, H, W).

    Args:
        c1: Channels.
        c2: The same number, as the row of a model file gives it.

    Raises:
        ValueError: If c1 is not positive, or c2 is another number.

    Example:
        >>> ChannelNorm(2, 2)(torch.tensor([3.0, 1.0]).view(1, 2, 1, 1)).flatten().round(decimals=3).tolist()
        [1.0, -1.0]
    """

    def __init__(self, c1: int, c2: int) -> None:
        check_positive_integers("ChannelNorm", c1=c1)
        check_kept("ChannelNorm", c1, c2)
        super().__init__(c1)

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


def check_kept(layer: str, c1: int, c2: int) -> None:
    """Raise ValueError for output channels that are not as many as the input's."""
    if c2 != c1 or isinstance(c2, bool):
        raise ValueError(f"{layer}: c2 must be c1, the {c1} channels of its input, not {c2!r}")


torch.serialization.add_safe_globals([ChannelNorm])  # checkpoints pickle the class
