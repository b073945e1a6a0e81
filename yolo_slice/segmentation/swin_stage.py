"""A stage of Swin Transformer: torchvision's blocks on a map whose channels come first (Liu et al. 2021)."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torchvision.models.swin_transformer import ShiftedWindowAttention, SwinTransformerBlock
from torchvision.ops import MLP, StochasticDepth

from yolo_slice.blocks.arguments import check_positive_integers
from yolo_slice.segmentation.channel_norm import check_kept

HEAD_WIDTH = 32  # channels a head, in every Swin


class SwinStage(nn.Sequential):
    """Mix pixels by attention in windows, every other block's windows shifted by half (Liu et al. 2021, sec. 3.2).

    (B, c1, H, W) -> (B, c1, H, W), of any size: torchvision's blocks pad to whole windows.

    Args:
        c1: Channels.
        c2: The same number, as the row of a model file gives it.
        depth: Number of blocks.
        heads: Attention heads; default: one for 32 channels.
        drop_path: Probabilities that a sample skips the first and the last block in training; the others between.
        window: Side of a window, pixels of the map.

    Raises:
        ValueError: If a number is not positive, c2 is not c1, heads does not divide c1, or drop_path is not two
            probabilities.

    Example:
        >>> SwinStage(32, 32, 2)(torch.zeros(1, 32, 9, 5)).shape
        torch.Size([1, 32, 9, 5])
    """

    exports_one_size = True  # how many windows there are becomes a constant of the graph

    def __init__(
        self,
        c1: int,
        c2: int,
        depth: int = 2,
        heads: int | None = None,
        drop_path: Sequence[float] = (0.0, 0.0),
        window: int = 7,
    ) -> None:
        check_positive_integers("SwinStage", c1=c1, c2=c2, depth=depth, window=window)
        check_kept("SwinStage", c1, c2)
        heads = max(c1 // HEAD_WIDTH, 1) if heads is None else heads
        check_positive_integers("SwinStage", heads=heads)
        if c1 % heads:
            raise ValueError(f"SwinStage: heads must be a divisor of the {c1} channels, not {heads}")
        shifts = [window // 2 * (i % 2) for i in range(depth)]
        super().__init__(
            *(
                SwinTransformerBlock(c1, heads, [window] * 2, [shift] * 2, stochastic_depth_prob=rate)
                for shift, rate in zip(shifts, _between(drop_path, depth), strict=True)
            )
        )
        self.apply(_start_as_swin)

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


def _between(ends: Sequence[float], depth: int) -> list[float]:
    """Return `depth` probabilities from the first to the last, evenly."""
    is_pair = isinstance(ends, (list, tuple)) and len(ends) == 2
    if not (is_pair and all(isinstance(p, (int, float)) and 0 <= p < 1 for p in ends)):
        raise ValueError(f"SwinStage: drop_path must be two probabilities, as in [0.0, 0.1], not {ends!r}")
    first, last = ends
    return [first + (last - first) * i / max(depth - 1, 1) for i in range(depth)]


def _start_as_swin(module: nn.Module) -> None:
    if isinstance(module, nn.Linear):
        nn.init.trunc_normal_(module.weight, std=0.02)
        nn.init.zeros_(module.bias)


torch.serialization.add_safe_globals([SwinStage, SwinTransformerBlock, ShiftedWindowAttention, StochasticDepth, MLP])
