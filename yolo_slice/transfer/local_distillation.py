"""Gradient steps on one block alone, against the output of the layer that it replaces."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from yolo_slice.transfer.fitted_block import Parts

BATCH, LEARNING_RATE = 2048, 1e-2


def refine(parts: Parts, a: Tensor, goal: Tensor, act: nn.Module, steps: int, eps: float) -> None:
    """Minimise MSE(act(block(a)), goal) over the block's parameters by Adam, cosine learning rate; in place.

    The kernels are divided by their own rms first: one learning rate then fits all. float32 from here on.

    Args:
        parts: The block.
        a: (n, K*9) input rows.
        goal: (n, C) wanted outputs.
        act: Last activation of the block.
        steps: Number of steps; with 0 the block stays as it is.
        eps: Of the BatchNorms.
    """
    if not steps:
        return
    parts.mean, parts.var = parts.mean.float(), parts.var.float()
    sizes = {"d": _rms(parts.d), "gamma": 1.0, "beta": 1.0, "p": _rms(parts.p), "bias": 1.0}
    free = {name: (getattr(parts, name).float() / size).requires_grad_(True) for name, size in sizes.items()}
    optimizer = torch.optim.Adam(free.values(), lr=LEARNING_RATE)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: (1 + math.cos(math.pi * step / steps)) / 2)
    generator = torch.Generator().manual_seed(0)
    variance = goal.var()
    for _ in range(steps):
        rows = torch.randint(len(a), (min(BATCH, len(a)),), generator=generator).to(a.device)
        with torch.enable_grad():
            for name, size in sizes.items():
                setattr(parts, name, free[name] * size)
            loss = F.mse_loss(act(parts.preactivation(a[rows], eps)), goal[rows]) / variance
            optimizer.zero_grad()
            loss.backward()
        optimizer.step()
        schedule.step()
    for name, size in sizes.items():
        setattr(parts, name, (free[name] * size).detach())
    _take_statistics(parts, a, eps)


def _rms(x: Tensor) -> float:
    return float(x.square().mean().sqrt())


def _take_statistics(parts: Parts, a: Tensor, eps: float) -> None:
    """Set mean and variance to those of the new kernels, and gamma and beta so that nothing changes."""
    k, taps = parts.d.shape
    x = torch.einsum("nkp,kp->nk", a.view(-1, k, taps), parts.d)
    mean, var = x.mean(0), x.var(0, unbiased=False)
    slope = parts.gamma / (parts.var + eps).sqrt()
    parts.beta = parts.beta + (mean - parts.mean) * slope
    parts.gamma = slope * (var + eps).sqrt()
    parts.mean, parts.var = mean, var
