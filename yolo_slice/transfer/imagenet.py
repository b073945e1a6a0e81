"""What loading weights of torchvision's and timm's ImageNet models into model files has in common."""

import math
from collections.abc import Mapping, Sequence

from torch import Tensor, nn

from yolo_slice.errors import SliceError

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # of the images they were trained on, red, green, blue


def rows_of(model: nn.Module) -> nn.Sequential | None:
    """Return the rows of a model file: of `YOLO(...)`, of the model inside it, or these themselves; None without."""
    layers: nn.Module | None = model
    while isinstance(layers, nn.Module) and not isinstance(layers, nn.Sequential):
        layers = getattr(layers, "model", None)
    return layers if isinstance(layers, nn.Sequential) else None


def tensors_of(command: str, weights: nn.Module | Mapping[str, Tensor]) -> Mapping[str, Tensor]:
    """Return the tensors of a network or of its state dict.

    Raises:
        SliceError: If it is neither.
    """
    source = weights.state_dict() if isinstance(weights, nn.Module) else weights
    if not isinstance(source, Mapping):
        raise SliceError(f"{command}: expected a network or its state dict, got {weights!r}")
    return source


def check_normalisation(command: str, mean: Sequence[float], std: Sequence[float]) -> None:
    """Raise SliceError unless there are three finite means and three positive standard deviations."""
    for name, values in (("mean", mean), ("std", std)):
        if len(values) != 3 or not all(math.isfinite(v) and (name == "mean" or v > 0) for v in values):
            wanted = "positive numbers" if name == "std" else "numbers"
            raise SliceError(f"{command}: {name} must be three {wanted}, red, green and blue; got {tuple(values)}")


def take_unnormalised(conv: nn.Conv2d, mean: Tensor, std: Tensor) -> Tensor:
    """Let a convolution that was trained on (x - mean) / std take x, and return what is to be taken off its outputs.

    Args:
        conv: Its weight (c2, 3, k, k) is changed.
        mean: (3,).
        std: (3,).

    Returns:
        (c2,), exact except where the convolution sees zero padding.
    """
    conv.weight /= std.view(1, -1, 1, 1).to(conv.weight)
    return (conv.weight * mean.view(1, -1, 1, 1).to(conv.weight)).sum((1, 2, 3))
