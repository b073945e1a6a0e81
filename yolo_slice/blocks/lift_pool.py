"""LiftDown and LiftUp: pooling by a lifting scheme that can be undone (Zhao and Snoek 2021)."""

from typing import Any

import torch
from torch import Tensor, nn
from ultralytics.nn.modules import Conv

from yolo_slice.blocks.arguments import check_positive_integers
from yolo_slice.blocks.nearest_start import NearestStart
from yolo_slice.blocks.space_to_depth import pad_to_cells
from yolo_slice.registry import block


@block(scale=0.5, paper="https://arxiv.org/abs/2104.00996")
class LiftDown(nn.Module):
    """Halve the resolution by learned lifting along rows and columns, sum the four bands, mix (Zhao and Snoek 2021).

    (B, c1, H, W) -> (B, c2, ceil(H/2), ceil(W/2)); odd sizes are zero-padded right and bottom. The paper's two extra
    losses are left out: a block has no say in the loss.

    Args:
        c1: Input channels.
        c2: Output channels.

    Raises:
        ValueError: If c1 or c2 is not positive.

    Example:
        >>> LiftDown(16, 32)(torch.zeros(1, 16, 64, 32)).shape
        torch.Size([1, 32, 32, 16])
    """

    def __init__(self, c1: int, c2: int) -> None:
        super().__init__()
        check_positive_integers("LiftDown", c1=c1, c2=c2)
        self.bands = Bands(c1)
        self.conv = Conv(c1, c2, 1)

    def forward(self, x: Tensor) -> Tensor:
        return self.conv(torch.stack(self.bands.split(pad_to_cells(x))).sum(0))


@block(scale=2, paper="https://arxiv.org/abs/2104.00996")
class LiftUp(NearestStart):
    """Double the resolution by a 1x1 convolution to four bands and inverse learned lifting (Zhao and Snoek 2021).

    (B, c1, H, W) -> (B, c2, 2H, 2W). In the paper the bands come from the pooling of the encoder; a detector has none
    at the same place, so they are made from the map itself.

    Args:
        c1: Input channels.
        c2: Output channels.

    Raises:
        ValueError: If c1 or c2 is not positive.

    Example:
        >>> LiftUp(16, 16)(torch.zeros(1, 16, 10, 20)).shape
        torch.Size([1, 16, 20, 40])
    """

    def __init__(self, c1: int, c2: int) -> None:
        super().__init__()
        check_positive_integers("LiftUp", c1=c1, c2=c2)
        self.keeps_channels = c1 == c2
        self.conv = nn.Conv2d(c1, 4 * c2, 1)
        self.bands = Bands(c2)

    def forward(self, x: Tensor) -> Tensor:
        return self.bands.join(*self.conv(x).chunk(4, 1))

    def write_nearest(self) -> None:
        """Let every band be the map, and predict and update nothing."""
        lifting: Any
        for lifting in self.bands.children():
            for last in (lifting.predict[2], lifting.update[2]):
                nn.init.zeros_(last.weight)
                nn.init.zeros_(last.bias)
        copies = nn.init.dirac_(torch.empty_like(self.conv.weight[::4]))
        self.conv.weight.copy_(copies.repeat(4, 1, 1, 1))
        nn.init.zeros_(self.conv.bias)


class Bands(nn.Module):
    """Lifting along rows, then along the columns of both halves: a map as four bands of half its size, and back.

    Example:
        >>> x, bands = torch.randn(1, 4, 6, 8).double(), Bands(4).double()
        >>> torch.allclose(bands.join(*bands.split(x)), x, atol=1e-14)
        True
    """

    def __init__(self, c: int) -> None:
        super().__init__()
        self.rows = Lifting(c, dim=3)
        self.coarse = Lifting(c, dim=2)
        self.detail = Lifting(c, dim=2)

    def split(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """(B, C, H, W), H and W even -> four of (B, C, H/2, W/2): LL, LH, HL, HH."""
        low, high = self.rows.split(x)
        return *self.coarse.split(low), *self.detail.split(high)

    def join(self, ll: Tensor, lh: Tensor, hl: Tensor, hh: Tensor) -> Tensor:
        """Undo `split`."""
        return self.rows.join(self.coarse.join(ll, lh), self.detail.join(hl, hh))


class Lifting(nn.Module):
    """Predict the odd pixels along a dimension from the even ones, update the even ones by what is left over.

    (B, C, .., n, ..) -> two of (B, C, .., n/2, ..): the coarse part and the details.
    """

    def __init__(self, c: int, dim: int) -> None:
        super().__init__()
        self.dim = dim
        self.predict, self.update = _filter(c, dim), _filter(c, dim)

    def split(self, x: Tensor) -> tuple[Tensor, Tensor]:
        even, odd = (x[..., 0::2], x[..., 1::2]) if self.dim == 3 else (x[..., 0::2, :], x[..., 1::2, :])
        detail = odd - self.predict(even)
        return even + self.update(detail), detail

    def join(self, coarse: Tensor, detail: Tensor) -> Tensor:
        even = coarse - self.update(detail)
        pair = torch.stack([even, detail + self.predict(even)], self.dim + 1)
        return pair.flatten(self.dim, self.dim + 1)


def _filter(c: int, dim: int) -> nn.Sequential:
    """Build what the paper predicts and updates with: 5 taps along a dimension, each channel alone."""
    size, padding = ((1, 5), (0, 2)) if dim == 3 else ((5, 1), (2, 0))
    along = nn.Conv2d(c, c, size, padding=padding, groups=c)
    return nn.Sequential(along, nn.ReLU(), nn.Conv2d(c, c, 1, groups=c), nn.Tanh())


torch.serialization.add_safe_globals([Bands, Lifting])  # checkpoints pickle the classes
