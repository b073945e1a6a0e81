"""The four kinds of method, told apart by what a map is made from; your own is a subclass of one of them."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from typing import ClassVar, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from yolo_slice.integration.inference.prediction import Predicted


class GradientMethod(ABC):
    """A map from the activations of a layer and the gradients of the explained logit with respect to them."""

    name: ClassVar[str]

    @abstractmethod
    def map(self, activations: Tensor, gradients: Tensor) -> Tensor:
        """Return the maps of a batch, not normalised: (B, K, h, w) twice -> (B, h, w)."""


class ActivationMethod(ABC):
    """A map from the activations of a layer alone: the same for every target."""

    name: ClassVar[str]

    @abstractmethod
    def map(self, activations: Tensor) -> Tensor:
        """Return the maps of a batch, not normalised: (B, K, h, w) -> (B, h, w)."""


class MaskingMethod(ABC):
    """A map from the scores that the model gives to images masked by the channels of a layer.

    Args:
        max_channels: Use only this many channels of each layer, those whose activations vary most; None: all.
    """

    name: ClassVar[str]

    def __init__(self, max_channels: int | None = None) -> None:
        self.max_channels = max_channels

    def channels(self, activations: Tensor) -> Tensor:
        """Return the indices of the channels to use: (K, h, w) -> (n,), n <= K."""
        if self.max_channels is None:
            return torch.arange(len(activations), device=activations.device)
        return activations.flatten(1).var(1).argsort(descending=True, stable=True)[: self.max_channels]

    def masks(self, activations: Tensor) -> Tensor:
        """Scale each channel to [0, 1]: (n, h, w) -> (n, h, w); a constant channel, which has no place, gives zeros."""
        low = activations.amin((1, 2), keepdim=True)
        span = activations.amax((1, 2), keepdim=True) - low
        return torch.where(span > 0, (activations - low) / span, 0.0)

    @abstractmethod
    def map(self, activations: Tensor, scores: Tensor) -> Tensor:
        """Return the map of one image, not normalised: the used channels (n, h, w) and their scores (n,) -> (h, w)."""


class PredictionMethod(ABC):
    """A map from what the model predicts for masked images: it needs no layers, so an exported file is explained, too.

    Args:
        masks: Masks an image; the noise of a map falls with the square root of their number.
        seed: Decides which; images of one size get the same masks.
    """

    name: ClassVar[str]

    def __init__(self, masks: int = 1000, seed: int = 0) -> None:
        self.count = masks
        self.seed = seed

    @abstractmethod
    def masks(self, hw: tuple[int, int]) -> Iterator[NDArray[np.float32]]:
        """Yield `count` masks (H, W), 0 (hidden) to 1 (as it is); the same at every call."""

    @abstractmethod
    def weights(self, targets: Predicted, seen: Predicted) -> NDArray[np.float64]:
        """Tell how much of each of n explained objects is left in what is predicted under a mask: (n,)."""

    @abstractmethod
    def map(self, weights: NDArray[np.float64], masks: Iterable[NDArray[np.float32]]) -> NDArray[np.float64]:
        """Return the maps of T targets, not normalised: their weights (T, count), the masks (H, W) -> (T, H, W)."""


LayerMethod: TypeAlias = GradientMethod | ActivationMethod | MaskingMethod
Method: TypeAlias = LayerMethod | PredictionMethod
