"""What loading weights of torchvision's and timm's ImageNet models into model files has in common."""

from torch import Tensor, nn

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # of the images they were trained on, red, green, blue


def rows_of(model: nn.Module) -> nn.Sequential | None:
    """Return the rows of a model file: of `YOLO(...)`, of the model inside it, or these themselves; None without."""
    layers: nn.Module | None = model
    while isinstance(layers, nn.Module) and not isinstance(layers, nn.Sequential):
        layers = getattr(layers, "model", None)
    return layers if isinstance(layers, nn.Sequential) else None


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
