"""Adaptive mean pooling that every runtime computes: by means of slices, at any size."""

import torch
from torch import Tensor


def pool_to(x: Tensor, size: int) -> Tensor:
    """Pool a map to size x size means, as `torch.nn.functional.adaptive_avg_pool2d` does.

    (B, C, H, W) -> (B, C, size, size). Exporters refuse that function where the sides do not divide. The bounds are
    Python numbers: while tracing, sides are symbols, whose rounding division wrote wrong windows into ONNX files.

    Example:
        >>> pool_to(torch.tensor([[[[1.0, 2.0, 6.0]] * 2]]), 2).tolist()
        [[[[1.5, 4.0], [1.5, 4.0]]]]
    """
    for dim in (2, 3):
        side = int(x.shape[dim])
        windows = [(i * side // size, -(-(i + 1) * side // size)) for i in range(size)]
        x = torch.cat([x.narrow(dim, start, end - start).mean(dim, keepdim=True) for start, end in windows], dim)
    return x
