"""Which blocks of pixels are kept at full resolution, learned with the task (Hesse, Schaub-Meyer and Roth 2023)."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class LearnedMask(nn.Module):
    """Choose between fine and coarse for each 2x2 block: drawn in training, the likelier one in eval mode.

    (B, c1, H, W) -> (B, 1, ceil(H/2), ceil(W/2)), 1 for fine and 0 for coarse. Drawn by Gumbel-softmax of
    temperature 1, hard forwards, soft backwards. Its layers are as wide relative to c1 as CAD's are to the 512 channels
    of theirs.

    Args:
        c1: Input channels.
    """

    def __init__(self, c1: int) -> None:
        super().__init__()
        wide, narrow = max(c1 // 4, 8), max(c1 // 8, 8)
        self.pixels = nn.Sequential(_conv(c1, wide), nn.ReLU(), _conv(wide, narrow), nn.ReLU())
        self.pool = nn.MaxPool2d(2, ceil_mode=True)
        self.blocks = nn.Sequential(_conv(narrow, narrow), nn.ReLU(), _conv(narrow, 2))

    def forward(self, x: Tensor) -> Tensor:
        logits = self.blocks(self.pool(self.pixels(x)))
        if self.training:
            return F.gumbel_softmax(logits.float(), hard=True, dim=1)[:, :1]
        return (logits[:, :1] >= logits[:, 1:]).to(x.dtype)


def _conv(c1: int, c2: int) -> nn.Conv2d:
    return nn.Conv2d(c1, c2, 3, padding=1)


torch.serialization.add_safe_globals([LearnedMask])  # checkpoints pickle the class
