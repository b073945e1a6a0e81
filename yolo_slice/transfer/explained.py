"""Measures how much of the variance of feature maps their replacements keep."""

import torch
from torch import Tensor


class Explained:
    """R^2, collected map by map: the share of the wanted variance, over images and places, that was met.

    Every channel varies around its own mean.

    Example:
        >>> kept = Explained()
        >>> kept.add(torch.tensor([[[[0.0, 2.0]]]]), torch.tensor([[[[0.0, 1.0]]]]))
        >>> kept.share()
        0.5
    """

    def __init__(self) -> None:
        self._places, self._squares, self._errors = 0, 0.0, 0.0
        self._sums: list[Tensor] = []

    def add(self, wanted: Tensor, found: Tensor) -> None:
        """Add a map (1, C, h, w) and what was found in its place; h and w may differ from call to call."""
        w, f = wanted.double(), found.double()
        self._places += w[:, 0].numel()
        self._sums.append(w.sum((0, 2, 3)))
        self._squares += float(w.square().sum())
        self._errors += float((w - f).square().sum())

    def share(self) -> float:
        """Return R^2: 1 is all, 0 no better than each channel's mean; of constant maps all or nothing."""
        mean = torch.stack(self._sums).sum(0) / self._places
        spread = self._squares - self._places * float(mean.square().sum())
        return 1 - self._errors / spread if spread > 0 else float(self._errors == 0)
