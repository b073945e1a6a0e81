"""How well anchors fit the objects of a data set, and better ones: YOLOv5's autoanchor."""

from dataclasses import dataclass

import torch
from torch import Generator, Tensor

ENOUGH = 0.98  # best possible recall below which the release replaces the anchors
GENERATIONS = 1000
MUTATION = 0.9, 0.1  # probability that a side changes, standard deviation of the change
SMALLEST_PX = 2  # smaller objects do not take part in the search, smaller anchors are not tried
CLUSTERED = 20_000  # so many objects show where the clusters are; the evolution looks at all


@dataclass(frozen=True, slots=True)
class Fit:
    """Anchors measured on objects.

    Attributes:
        recall: Best possible recall: the fraction of objects that at least one anchor fits.
        anchors_an_object: Mean number of anchors that fit an object.
    """

    recall: float
    anchors_an_object: float


def measure_fit(wh: Tensor, anchors: Tensor, threshold: float) -> Fit:
    """Measure how many objects the matching of `anchor_targets.match` can assign.

    Args:
        wh: (n, 2) objects in pixels of the network's input.
        anchors: (k, 2) anchors in pixels, of all levels.
        threshold: Longest ratio of sides that is still a fit.

    Example:
        >>> measure_fit(torch.tensor([[8.0, 8], [90, 9]]), torch.tensor([[10.0, 10], [20, 20]]), 4)
        Fit(recall=0.5, anchors_an_object=1.0)
    """
    fits = _closeness(wh, anchors) > 1 / threshold
    return Fit(fits.any(1).float().mean().item(), fits.float().sum(1).mean().item())


def search_anchors(wh: Tensor, count: int, threshold: float, seed: int = 0) -> Tensor:
    """Find anchors for objects by k-means, then by evolution; the same seed gives the same anchors.

    Args:
        wh: (n, 2) objects in pixels of the network's input; those less than 2 px wide and high are left out.
        count: Number of anchors.
        threshold: Longest ratio of sides that is still a fit.
        seed: Of the random numbers.

    Returns:
        (count, 2) anchors in pixels, small to large, unchanged by float16, in which Ultralytics saves models.

    Raises:
        ValueError: If there are fewer objects than anchors.
    """
    wh = wh[(wh >= SMALLEST_PX).any(1)]
    if len(wh) < count:
        raise ValueError(f"{len(wh)} objects of {SMALLEST_PX} px or more are too few for {count} anchors")
    random = Generator().manual_seed(seed)
    sample = wh[torch.randperm(len(wh), generator=random)[:CLUSTERED]]
    spread = sample.std(0).clamp(min=1e-3)
    anchors = _evolve(_cluster(sample / spread, count, random) * spread, wh, threshold, random)
    return anchors[anchors.prod(1).argsort()].half().float()


def _closeness(wh: Tensor, anchors: Tensor) -> Tensor:
    """Return (n, k): the worse of the two sides' ratios, turned so that 1 is a perfect fit and 0 none."""
    ratio = wh[:, None] / anchors
    return torch.minimum(ratio, 1 / ratio).amin(2)


def _cluster(points: Tensor, count: int, random: Generator, restarts: int = 30, steps: int = 100) -> Tensor:
    """Find the centres (count, 2) of clusters of points (n, 2) by Lloyd's algorithm, the best of some restarts."""
    tries = []
    for _ in range(restarts):
        centres = points[torch.randperm(len(points), generator=random)[:count]]
        for _ in range(steps):
            nearest = torch.cdist(points, centres).argmin(1)
            sums = torch.zeros_like(centres).index_add_(0, nearest, points)
            sizes = torch.bincount(nearest, minlength=count)[:, None]
            moved = torch.where(sizes > 0, sums / sizes.clamp(min=1), centres)
            if torch.equal(moved, centres):
                break
            centres = moved
        tries.append((torch.cdist(points, centres).amin(1).mean().item(), centres))
    return min(tries, key=lambda attempt: attempt[0])[1]


def _evolve(anchors: Tensor, wh: Tensor, threshold: float, random: Generator) -> Tensor:
    """Mutate anchors again and again, and keep what fits better."""
    probability, sigma = MUTATION
    best = _fitness(wh, anchors, threshold)
    for _ in range(GENERATIONS):
        is_hit = torch.rand(anchors.shape, generator=random) < probability
        strength = torch.rand(1, generator=random) * sigma
        factors = (1 + is_hit * strength * torch.randn(anchors.shape, generator=random)).clamp(0.3, 3)
        mutant = (anchors * factors).clamp(min=SMALLEST_PX)
        fitness = _fitness(wh, mutant, threshold)
        if fitness > best:
            best, anchors = fitness, mutant
    return anchors


def _fitness(wh: Tensor, anchors: Tensor, threshold: float) -> float:
    """Return the mean closeness of the best anchor, counted as 0 where it does not fit."""
    best = _closeness(wh, anchors).amax(1)
    return (best * (best > 1 / threshold)).mean().item()
