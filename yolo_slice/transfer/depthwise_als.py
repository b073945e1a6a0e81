"""The best depthwise-pointwise pair for given inputs and targets: alternating least squares on their covariances.

The pair is linear here: z = sum_k P[k] * (D[k] . A[k]) with A[k] the 3 x 3 neighbourhood of slice channel k. So the
covariances of A and z say all there is to know, however many images they come from.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

RIDGE = 1e-4


class Covariances:
    """Sums over rows of inputs A (n, K*9) and targets Z (n, C), from which their covariances follow.

    Memory is (9K)^2 numbers of 8 bytes, whatever the number of rows.
    """

    def __init__(self, inputs: int, targets: int, device: torch.device) -> None:
        def zeros(*shape: int) -> Tensor:
            return torch.zeros(*shape, dtype=torch.float64, device=device)

        self.rows = 0
        self.sum_a, self.sum_z = zeros(inputs), zeros(targets)
        self.aa, self.az, self.zz = zeros(inputs, inputs), zeros(inputs, targets), zeros(targets)

    def add(self, a: Tensor, z: Tensor) -> None:
        """Add rows: a (n, K*9) and z (n, C)."""
        a, z = a.double(), z.double()
        self.rows += len(a)
        self.sum_a += a.sum(0)
        self.sum_z += z.sum(0)
        self.aa.addmm_(a.T, a)
        self.az.addmm_(a.T, z)
        self.zz += z.square().sum(0)

    def centre(self) -> "Moments":
        """Divide by the number of rows and take the means off; the sums are used up, to save their memory."""
        mean_a, mean_z = self.sum_a / self.rows, self.sum_z / self.rows
        g = self.aa.div_(self.rows).addr_(mean_a, mean_a, alpha=-1)
        c = self.az.div_(self.rows).addr_(mean_a, mean_z, alpha=-1)
        return Moments(mean_a, mean_z, g, c, self.zz / self.rows - mean_z.square())


@dataclass(frozen=True, slots=True)
class Moments:
    """Means and covariances, float64.

    Attributes:
        mean_a: (9K) means of the inputs.
        mean_z: (C) means of the targets.
        g: (9K, 9K) covariance of the inputs; index k*9 + tap.
        c: (9K, C) covariance of inputs and targets.
        var_z: (C) variances of the targets.
    """

    mean_a: Tensor
    mean_z: Tensor
    g: Tensor
    c: Tensor
    var_z: Tensor


def fit_pair(moments: Moments, depthwise: Tensor, rounds: int) -> Iterator[tuple[Tensor, Tensor, float]]:
    """Improve a depthwise kernel round by round, each time with the pointwise kernel that is best for it.

    Args:
        moments: Of inputs and targets.
        depthwise: (K, 9) start.
        rounds: Number of alternations.

    Yields:
        depthwise (K, 9), of unit output variance; pointwise (K, C); share of the targets' variance that they explain.
    """
    d = _normalise(depthwise.double(), moments.g)
    p, explained = solve_pointwise(d, moments)
    yield d, p, explained
    for _ in range(rounds):
        d = _normalise(_solve_depthwise(d, p, moments), moments.g)
        p, explained = solve_pointwise(d, moments)
        yield d, p, explained


def solve_pointwise(d: Tensor, moments: Moments) -> tuple[Tensor, float]:
    """Return the ridge solution P (K, C) for a depthwise kernel (K, 9), and its share of explained variance (R^2)."""
    k, taps = d.shape
    u = torch.einsum("kp,kplr,lr->kl", d, moments.g.view(k, taps, k, taps), d)
    v = torch.einsum("kp,kpc->kc", d, moments.c.view(k, taps, -1))
    u.diagonal().add_(RIDGE)
    p = torch.cholesky_solve(v, torch.linalg.cholesky(u))
    u.diagonal().sub_(RIDGE)
    unexplained = moments.var_z - 2 * (p * v).sum(0) + (p * (u @ p)).sum(0)
    return p, float(1 - unexplained.sum() / moments.var_z.sum())


def _solve_depthwise(d: Tensor, p: Tensor, moments: Moments) -> Tensor:
    """Solve for the depthwise kernel that is best for P, damped towards the last one."""
    k, taps = d.shape
    h = moments.g.view(k, taps, k, taps) * (p @ p.T)[:, None, :, None]
    h = h.view(k * taps, k * taps)
    damping = RIDGE * float(h.diagonal().mean())
    right = torch.einsum("kc,kpc->kp", p, moments.c.view(k, taps, -1)) + damping * d
    h.diagonal().add_(damping)
    return torch.cholesky_solve(right.reshape(-1, 1), torch.linalg.cholesky(h)).view(k, taps)


def _normalise(d: Tensor, g: Tensor) -> Tensor:
    """Scale every channel's kernel to an output of variance 1; the problem is quartic in the scale otherwise.

    A channel without variance, as dead ones after ReLU, gets a kernel of zeros.
    """
    k, taps = d.shape
    blocks = g.view(k, taps, k, taps).diagonal(dim1=0, dim2=2)  # (taps, taps, K)
    variance = torch.einsum("kp,prk,kr->k", d, blocks, d)
    is_alive = variance > 1e-12 * variance.max()
    return torch.where(is_alive[:, None], d / variance.clamp_min(1e-300).sqrt()[:, None], 0)
