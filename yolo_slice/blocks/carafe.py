"""CARAFE: content-aware reassembly of features (Wang et al. 2019)."""

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from ultralytics.nn.modules import Conv

from yolo_slice.blocks.arguments import check_odd_kernel, check_positive_integers
from yolo_slice.blocks.nearest_start import NearestStart
from yolo_slice.registry import block

COMPRESSED = 64  # channels that predict the weights, as in the paper
CENTRED = 18.0  # logit by which the centre outweighs its neighbours, to 4e-7 together


@block(scale=2, paper="https://arxiv.org/abs/1905.02188")
class CARAFE(NearestStart):
    """Double the resolution by weighted sums of neighbours, the weights predicted at each pixel (Wang et al. 2019).

    (B, c1, H, W) -> (B, c2, 2H, 2W). The neighbours are those of the small map; outside it lie zeros. No BatchNorm, as
    in the paper. The weights' softmax is computed in float32 at least, the sums one shifted map after another, which
    takes a third of the time of unfolding.

    Started as nearest upsampling, the softmax is saturated: it stays there until AdamW has moved the logits, with SGD
    for good.

    Args:
        c1: Input channels.
        c2: Output channels; another number than c1 costs a 1x1 convolution, before the sums.
        k: Side of the neighbourhood, odd; the paper's k_up.

    Raises:
        ValueError: If c1 or c2 is not positive, or k is not odd and positive.

    Example:
        >>> CARAFE(16, 16)(torch.zeros(1, 16, 10, 20)).shape
        torch.Size([1, 16, 20, 40])
    """

    def __init__(self, c1: int, c2: int, k: int = 5) -> None:
        super().__init__()
        check_positive_integers("CARAFE", c1=c1, c2=c2)
        check_odd_kernel("CARAFE", k)
        self.k, self.keeps_channels = k, c1 == c2
        self.compress = nn.Conv2d(c1, COMPRESSED, 1)
        self.encode = nn.Conv2d(COMPRESSED, 4 * k * k, 3, padding=1)
        self.mix = nn.Identity() if c1 == c2 else Conv(c1, c2, 1)
        nn.init.xavier_uniform_(self.compress.weight)
        nn.init.normal_(self.encode.weight, std=0.001)
        for conv in (self.compress, self.encode):
            nn.init.zeros_(conv.bias)

    def forward(self, x: Tensor) -> Tensor:
        return reassemble(self.mix(x), self.encode(self.compress(x)), self.k)

    def write_nearest(self) -> None:
        """Let the centre outweigh all neighbours."""
        centre = self.k * self.k // 2
        nn.init.zeros_(self.encode.weight)
        nn.init.zeros_(self.encode.bias)
        bias: Any = self.encode.bias
        bias[4 * centre : 4 * centre + 4] = CENTRED


def reassemble(x: Tensor, logits: Tensor, k: int) -> Tensor:
    """Sum k x k neighbours of every pixel, four times, with the softmax of logits as weights (Wang et al. 2019, eq. 3).

    Args:
        x: (B, C, H, W).
        logits: (B, 4*k*k, H, W); channel 4*i + s is neighbour i, in rows, for pixel s of the 2x2 cell.
        k: Side of the neighbourhood, odd.

    Returns:
        (B, C, 2H, 2W), in x's dtype.

    Example:
        >>> reassemble(torch.ones(1, 1, 1, 1), torch.zeros(1, 36, 1, 1), 3).flatten().tolist()  # the border counts
        [0.1111111119389534, 0.1111111119389534, 0.1111111119389534, 0.1111111119389534]
    """
    h, w = x.shape[-2:]
    wide = torch.promote_types(x.dtype, torch.float32)
    weights = logits.unflatten(1, (k * k, 4)).to(wide).softmax(1).to(x.dtype)
    padded = F.pad(x, (k // 2,) * 4)
    y = torch.zeros_like(x).unsqueeze(2)
    for i in range(k * k):
        row, column = divmod(i, k)
        y = y + padded[..., row : row + h, column : column + w].unsqueeze(2) * weights[:, i].unsqueeze(1)
    return F.pixel_shuffle(y.flatten(1, 2), 2)
