"""A block as numbers that can be fitted: GELU made nearly linear, bias fitted, BatchNorms filled.

SliceSamp and SliceUpsamp are, behind their slicing, a depthwise and a pointwise convolution with a GELU between. Its
input is shifted by BatchNorm (beta = 5) to where GELU is the identity for almost all inputs, so that a linear fit
survives it; the pointwise convolution takes the mean off again.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from yolo_slice.host.layers import Layer
from yolo_slice.transfer.depthwise_als import RIDGE, Moments

SHIFT = 5.0  # of the first BatchNorm: 3 is too small, because activations are heavy-tailed


@dataclass(slots=True)
class Parts:
    """act(GELU(((A . d) - mean) / std * gamma + beta) P + bias), for K slice channels and C outputs.

    Attributes:
        d: (K, 9) depthwise kernels.
        mean: (K) mean of the depthwise output, which the first BatchNorm takes off.
        var: (K) its variance.
        gamma: (K) scale of the first BatchNorm.
        beta: (K) shift of the first BatchNorm.
        p: (K, C) pointwise kernel.
        bias: (C) bias.
    """

    d: Tensor
    mean: Tensor
    var: Tensor
    gamma: Tensor
    beta: Tensor
    p: Tensor
    bias: Tensor

    def hidden(self, a: Tensor, eps: float) -> Tensor:
        """Return the GELU outputs (n, K) for rows a (n, K*9)."""
        k, taps = self.d.shape
        x = torch.einsum("nkp,kp->nk", a.to(self.d.dtype).view(-1, k, taps), self.d)
        return F.gelu((x - self.mean) / (self.var + eps).sqrt() * self.gamma + self.beta)

    def preactivation(self, a: Tensor, eps: float) -> Tensor:
        """Return what the last activation gets (n, C) for rows a (n, K*9)."""
        return self.hidden(a, eps) @ self.p + self.bias


def linear_start(d: Tensor, p: Tensor, moments: Moments) -> Parts:
    """Start from a linear pair whose depthwise outputs have variance 1."""
    mean = (d * moments.mean_a.view(d.shape)).sum(1)
    ones = torch.ones_like(mean)
    return Parts(d, mean, ones, ones, SHIFT * ones, p, moments.mean_z - SHIFT * p.sum(0))


def refit_pointwise(parts: Parts, a: Tensor, z: Tensor, eps: float) -> None:
    """Fit P and bias by ridge regression of targets z (n, C) on what really comes out of the GELU for rows a."""
    hidden = parts.hidden(a, eps)
    z = z.to(hidden.dtype)
    mean_h, mean_z = hidden.mean(0), z.mean(0)
    hidden -= mean_h
    u, v = hidden.T @ hidden / len(z), hidden.T @ (z - mean_z) / len(z)
    u.diagonal().add_(RIDGE * float(u.diagonal().mean()))
    parts.p = torch.cholesky_solve(v, torch.linalg.cholesky(u))
    parts.bias = mean_z - mean_h @ parts.p


def write_parts(parts: Parts, block: Layer, a: Tensor) -> None:
    """Write the numbers into a SliceSamp or SliceUpsamp.

    The running statistics of both BatchNorms are those of rows a: training begins where the fit ends.
    """
    first, second = block.depthwise, block.pointwise
    out = parts.hidden(a, first.bn.eps) @ parts.p
    mean, var = out.mean(0), out.var(0, unbiased=False)
    first.conv.weight.data.copy_(parts.d.view(first.conv.weight.shape))
    _fill(first.bn, parts.mean, parts.var, parts.gamma, parts.beta)
    second.conv.weight.data.copy_(parts.p.T.reshape(second.conv.weight.shape))
    _fill(second.bn, mean, var, (var + second.bn.eps).sqrt(), parts.bias + mean)


def _fill(bn: Layer, mean: Tensor, var: Tensor, gamma: Tensor, beta: Tensor) -> None:
    bn.running_mean.copy_(mean)
    bn.running_var.copy_(var)
    bn.weight.data.copy_(gamma)
    bn.bias.data.copy_(beta)
