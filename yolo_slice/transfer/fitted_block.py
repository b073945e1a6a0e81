"""A depthwise-pointwise pair written into a block: GELU made nearly linear, BatchNorms filled in.

SliceSamp and SliceUpsamp are, after their slicing, a depthwise and a pointwise convolution with a GELU between. Its
input is shifted by BatchNorm (beta = 5) to where GELU is the identity for almost all inputs, so that a linear fit
survives it; the pointwise convolution's BatchNorm takes the mean off again.
"""

import torch
from torch import Tensor

from yolo_slice.integration.inference.layer_run import Layer
from yolo_slice.transfer.depthwise_als import Moments

SHIFT = 5.0  # standard deviations; 3 is too small, because activations are heavy-tailed
POINTWISE_SIZE = 0.1  # root mean square; that of YOLOv8n's own 1x1 convolutions is 0.07 to 0.2


def write_pair(block: Layer, d: Tensor, p: Tensor, moments: Moments) -> None:
    """Write a linear pair into a SliceSamp or SliceUpsamp.

    The running statistics of both BatchNorms are those of what the moments come from: training begins where the fit
    ends. The pointwise kernel is enlarged, which its BatchNorm takes back: optimizers move every weight of a model
    alike, and small ones would lose their fit in the first steps.

    Args:
        block: Changed.
        d: (K, 9) depthwise kernels, of unit output variance.
        p: (K, C) pointwise kernel.
        moments: Of the block's inputs and targets.
    """
    k, taps = d.shape
    mean = (d * moments.mean_a.view(k, taps)).sum(1)
    u = torch.einsum("kp,kplr,lr->kl", d, moments.g.view(k, taps, k, taps), d)
    first, second = block.depthwise, block.pointwise
    first.conv.weight.data.copy_(d.view(first.conv.weight.shape))
    _fill(first.bn, mean, torch.ones_like(mean), torch.full_like(mean, SHIFT), 1.0)
    factor = max(1.0, POINTWISE_SIZE / float(p.square().mean().sqrt().clamp_min(1e-12)))
    p = p * factor
    second.conv.weight.data.copy_(p.T.reshape(second.conv.weight.shape))
    _fill(second.bn, SHIFT * p.sum(0), (p * (u @ p)).sum(0), moments.mean_z, factor)


def _fill(bn: Layer, mean: Tensor, var: Tensor, shift: Tensor, factor: float) -> None:
    """Set statistics, and a scale that divides by `factor` only; the mean becomes `shift`."""
    bn.running_mean.copy_(mean)
    bn.running_var.copy_(var)
    bn.weight.data.copy_((var + bn.eps).sqrt() / factor)
    bn.bias.data.copy_(shift)
