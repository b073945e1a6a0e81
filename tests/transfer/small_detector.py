"""A small detector with what conversions meet: a stem, strided convolutions, an upsample, a Concat, two levels."""

import torch
from torch import nn

MODEL = """
nc: 3
scales:
  n: [1.0, 0.5, 1024]
backbone:
  - [-1, 1, Conv, [16, 3, 2]]
  - [-1, 1, Conv, [24, 3, 2]]
  - [-1, 1, C2f, [24, True]]
  - [-1, 1, Conv, [32, 3, 2]]
  - [-1, 1, C2f, [32, True]]
  - [-1, 1, Conv, [48, 3, 2]]
head:
  - [-1, 1, nn.Upsample, [None, 2, nearest]]
  - [[-1, 4], 1, Concat, [1]]
  - [-1, 1, C2f, [32]]
  - [-1, 1, Conv, [32, 3, 2]]
  - [[-1, 5], 1, Concat, [1]]
  - [-1, 1, C2f, [48]]
  - [[8, 11], 1, Detect, [nc]]
"""
STRIDED, UPSAMPLE = (1, 3, 5, 9), 6


def randomise(model: nn.Module, seed: int = 0) -> None:
    """Give a model weights and statistics that are unlike its first ones, but keep its activations in bounds."""
    generator = torch.Generator().manual_seed(seed)
    for module in model.modules():
        if isinstance(module, nn.Conv2d) and module.bias is None:
            fan_in = module.weight[0].numel()
            module.weight.data = torch.randn(module.weight.shape, generator=generator) * (2 / fan_in) ** 0.5
        if isinstance(module, nn.BatchNorm2d):
            for tensor, low, high in (
                (module.running_mean, -0.2, 0.2),
                (module.running_var, 0.5, 1.5),
                (module.weight.data, 0.7, 1.3),
                (module.bias.data, -0.3, 0.6),
            ):
                tensor.copy_(torch.rand(tensor.shape, generator=generator) * (high - low) + low)
