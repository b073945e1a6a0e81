"""Rows for the fits: at random places of a feature map, what a block would see there, and what should come out."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from yolo_slice.transfer.depthwise_als import Covariances, Moments

ROWS_PER_IMAGE = 300
KEPT_PER_IMAGE = 4 * 2**20  # bytes of rows; the covariances see all of them
HELD_OUT = 8  # every eighth image only judges

Pair = tuple[Tensor, Tensor]  # a map (1, K, h, w) as the depthwise convolution gets it; wanted (1, C, h, w)


@dataclass(frozen=True, slots=True)
class Sample:
    """Rows of all images: moments of many, some kept for the fits that need rows, some to judge by.

    Attributes:
        moments: Of all rows but the held-out ones.
        a: (n, K*9) inputs.
        z: (n, C) targets.
        held_a: Inputs from images that were not fitted to.
        held_z: Their targets.
    """

    moments: Moments
    a: Tensor
    z: Tensor
    held_a: Tensor
    held_z: Tensor


def take_sample(images: Iterable[Tensor], pair: Callable[[Tensor], Pair]) -> Sample:
    """Collect rows from images.

    Args:
        images: (1, 3, H, W) each, at least 2.
        pair: Gives the two maps for an image.
    """
    generator = torch.Generator().manual_seed(0)
    images = iter(images)
    a, z = _rows(*pair(next(images)), generator)
    covariances = Covariances(a.shape[1], z.shape[1], a.device)
    covariances.add(a, z)
    few = max(1, KEPT_PER_IMAGE // (4 * a.shape[1]))
    kept, held = [(a[:few].clone(), z[:few].clone())], []
    for number, image in enumerate(images):
        a, z = _rows(*pair(image), generator)
        if number % HELD_OUT == 0:
            held.append((a[:few].clone(), z[:few].clone()))
        else:
            covariances.add(a, z)
            kept.append((a[:few].clone(), z[:few].clone()))
    a, z = (torch.cat(parts) for parts in zip(*kept, strict=True))
    held_a, held_z = (torch.cat(parts) for parts in zip(*held, strict=True))
    return Sample(covariances.centre(), a, z, held_a, held_z)


def _rows(given: Tensor, wanted: Tensor, generator: torch.Generator) -> Pair:
    """Return (n, K*9) neighbourhoods of the zero-padded map, and the (n, C) targets, at n random places."""
    places = torch.randperm(wanted.shape[-2] * wanted.shape[-1], generator=generator)[:ROWS_PER_IMAGE]
    places = places.to(given.device)
    w = wanted.shape[-1]
    padded = F.pad(given[0], (1, 1, 1, 1))
    y, x = places // w, places % w
    taps = [padded[:, y + dy, x + dx] for dy in range(3) for dx in range(3)]  # 9 x (K, n)
    return torch.stack(taps, 1).flatten(0, 1).T.contiguous(), wanted[0].flatten(1)[:, places].T.contiguous()


def explained(wanted: Tensor, found: Tensor) -> float:
    """Return R^2: the share of the targets' variance, over rows, that was met.

    Example:
        >>> explained(torch.tensor([[0.0], [2.0]]), torch.tensor([[0.0], [1.0]]))
        0.5
    """
    return float(1 - (wanted - found).square().sum() / (wanted - wanted.mean(0)).square().sum())
