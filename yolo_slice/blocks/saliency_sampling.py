"""Sampling a feature map more densely where it is salient, and back again (Kwan and Song 2022, section 3)."""

from fractions import Fraction
from typing import Any

import torch
from torch import Tensor

RATIO = 9 / 16  # of the sampled size to the map's: SSBNet's 72, 36, 18 of 128, 64, 32, and 16, 8, 4 of 28, 14, 7


def sampled_size(n: Any, ratio: float = RATIO) -> Any:
    """Return how many samples a side of `n` pixels gets: `ratio * n`, halves rounded up, at least one.

    In whole numbers, so that a side that is only known at run time can be exported.

    Example:
        >>> [sampled_size(n) for n in (128, 28, 14, 7, 1)], sampled_size(1, 0.25)
        ([72, 16, 8, 4, 1], 1)
    """
    exact = Fraction(ratio).limit_denominator(64)
    size = (2 * exact.numerator * n + exact.denominator) // (2 * exact.denominator)
    return size.clamp(min=1) if isinstance(size, Tensor) else max(size, 1)  # a Tensor while it is traced


def overlaps(profile: Tensor, size: Any) -> Tensor:
    """Return how much of each of `size` equal samples lies in each pixel, where pixels are as wide as they are salient.

    (B, n) -> (B, size, n), in float32 at least: half precision cannot tell neighbouring edges apart. Pixel j is from
    C[j] to C[j+1], C the cumulated profile over its total; sample i is from i/size to (i+1)/size. So rows sum to
    1/size, and columns to the pixel's share of the profile (Kwan and Song 2022, eq. 5 to 7).

    Args:
        profile: Saliency of each row, or column, summed over the other direction; positive.
        size: Number of samples.

    Example:
        >>> overlaps(torch.tensor([[3.0, 1.0]]), 2)[0].tolist()  # the first pixel fills three quarters
        [[0.5, 0.0], [0.25, 0.25]]
    """
    total = profile.to(torch.promote_types(profile.dtype, torch.float32)).cumsum(1)
    right = (total / total[:, -1:]).unsqueeze(1)  # its last is exactly 1
    left = torch.cat([torch.zeros_like(right[..., :1]), right[..., :-1]], 2)
    start = torch.arange(size, device=profile.device).to(right.dtype)[:, None]
    return (torch.minimum(right, (start + 1) / size) - torch.maximum(left, start / size)).clamp(min=0)


def sample_down(x: Tensor, rows: Tensor, columns: Tensor) -> Tensor:
    """Sample a map: each sample is the mean of what it overlaps (Kwan and Song 2022, eq. 8).

    (B, C, H, W) -> (B, C, h, w) in x's dtype. What is constant stays as it is.

    Args:
        x: The map.
        rows: (B, h, H) from `overlaps`; a batch of 1 serves all.
        columns: (B, w, W) likewise.
    """
    down = (rows * rows.shape[1]).to(x.dtype).unsqueeze(1)
    along = (columns * columns.shape[1]).to(x.dtype).unsqueeze(1)
    return torch.matmul(torch.matmul(down, x), along.transpose(2, 3))


def sample_up(y: Tensor, rows: Tensor, columns: Tensor) -> Tensor:
    """Put samples back where they are from (Kwan and Song 2022, eq. 9).

    (B, C, h, w) -> (B, C, H, W) in y's dtype. A pixel gets as much as it is salient: what is constant comes back with a
    mean of 1, and constant only if the saliency is.
    """
    up = (rows * rows.shape[2]).to(y.dtype).unsqueeze(1)
    along = (columns * columns.shape[2]).to(y.dtype).unsqueeze(1)
    return torch.matmul(up.transpose(2, 3), torch.matmul(y, along))
