"""How much of a map another one keeps."""

from collections.abc import Iterable

import torch
from torch import Tensor


def explained(maps: Iterable[tuple[Tensor, Tensor]]) -> float:
    """Return R^2: the share of the wanted variance, over images and places, that was met.

    Args:
        maps: Pairs of wanted and found, (1, C, h, w) each; h and w may differ from pair to pair.

    Example:
        >>> explained([(torch.tensor([[[[0.0, 2.0]]]]), torch.tensor([[[[0.0, 1.0]]]]))])
        0.5
    """
    places, squares, errors = 0, 0.0, 0.0
    sums: list[Tensor] = []
    for wanted, found in maps:
        w, f = wanted.double(), found.double()
        places += w[:, 0].numel()
        sums.append(w.sum((0, 2, 3)))
        squares += float(w.square().sum())
        errors += float((w - f).square().sum())
    mean = torch.stack(sums).sum(0) / places
    return 1 - errors / (squares - places * float(mean.square().sum()))
