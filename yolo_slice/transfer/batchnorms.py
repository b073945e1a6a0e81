"""Gives BatchNorms whose statistics were folded into their weights new ones, without changing the function.

Exported and dequantised weights have running mean 0 and variance 1. They are right in eval mode; in training the first
batch's statistics take their place, and nothing fits any more.
"""

from collections.abc import Iterable

import torch
from torch import Tensor, nn

from yolo_slice.integration.inference.layer_run import Layer


def find_folded(model: nn.Module) -> list[nn.BatchNorm2d]:
    """List the BatchNorms that hold no statistics: their mean is 0 in every channel."""
    return [m for m in model.modules() if isinstance(m, nn.BatchNorm2d) and not m.get_buffer("running_mean").any()]


def restore_statistics(model: nn.Module, images: Iterable[Tensor]) -> int:
    """Measure the inputs of folded BatchNorms and make them their statistics; scale and shift make up for it.

    Args:
        model: In eval mode; changed, but for rounding not in what it computes.
        images: (1, 3, H, W) each.

    Returns:
        How many BatchNorms there were.
    """
    folded = find_folded(model)
    sums = {bn: torch.zeros(3, bn.num_features, dtype=torch.float64, device=bn.weight.device) for bn in folded}

    def add(bn: Layer, given: tuple[Tensor, ...]) -> None:
        x = given[0].double()
        total = sums[bn]
        total[0] += x[:, 0].numel()
        total[1] += x.sum((0, 2, 3))
        total[2] += x.square().sum((0, 2, 3))

    handles = [bn.register_forward_pre_hook(add) for bn in folded]
    try:
        for image in images if folded else ():
            model(image)
    finally:
        for handle in handles:
            handle.remove()
    for bn, (count, total, squares) in sums.items():
        if count.all():
            mean = total / count
            _restate(bn, mean, squares / count - mean.square())
    return len(folded)


def _restate(bn: Layer, mean: Tensor, var: Tensor) -> None:
    """Give a BatchNorm other statistics, and the scale and shift with which it computes the same."""
    old = [t.double() for t in (bn.weight.data, bn.bias.data, bn.running_mean, bn.running_var)]
    slope = old[0] / (old[3] + bn.eps).sqrt()
    offset = old[1] - old[2] * slope
    bn.weight.data.copy_(slope * (var + bn.eps).sqrt())
    bn.bias.data.copy_(offset + mean * slope)
    bn.running_mean.copy_(mean)
    bn.running_var.copy_(var)
