"""Covariances for the fits, from random places of feature maps: what a block sees there, and what should come out."""

from collections.abc import Callable, Iterable

import torch
import torch.nn.functional as F
from torch import Tensor

from yolo_slice.transfer.depthwise_als import Covariances, Moments

ROWS_PER_IMAGE = 300

Pair = tuple[Tensor, Tensor]  # a map (1, K, h, w) as the depthwise convolution gets it; wanted (1, C, h, w)


def sample_moments(images: Iterable[Tensor], pair: Callable[[Tensor], Pair]) -> Moments:
    """Collect the moments of neighbourhoods and targets at random places.

    Args:
        images: (1, 3, H, W) each, at least one.
        pair: Gives the two maps for an image.
    """
    generator = torch.Generator().manual_seed(0)
    covariances = None
    for image in images:
        a, z = rows(*pair(image), generator)
        covariances = covariances or Covariances(a.shape[1], z.shape[1], a.device)
        covariances.add(a, z)
    assert covariances, "no images"
    return covariances.centre()


def rows(given: Tensor, wanted: Tensor, generator: torch.Generator) -> Pair:
    """Return (n, K*9) neighbourhoods of the zero-padded map, and the (n, C) targets, at n random places."""
    places = torch.randperm(wanted.shape[-2] * wanted.shape[-1], generator=generator)[:ROWS_PER_IMAGE]
    places = places.to(given.device)
    w = wanted.shape[-1]
    padded = F.pad(given[0], (1, 1, 1, 1))
    y, x = places // w, places % w
    taps = [padded[:, y + dy, x + dx] for dy in range(3) for dx in range(3)]  # 9 x (K, n)
    return torch.stack(taps, 1).flatten(0, 1).T.contiguous(), wanted[0].flatten(1)[:, places].T.contiguous()
