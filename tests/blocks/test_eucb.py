"""EUCB: nearest upsampling, then a depthwise and a pointwise convolution; the channel shuffle moves nothing."""

import torch
import torch.nn.functional as F

from yolo_slice.blocks import EUCB


def test_it_is_what_the_paper_draws_with_silu() -> None:
    block, x = EUCB(6, 5).eval(), torch.randn(2, 6, 5, 7)
    block.depthwise.bn.running_mean.normal_()
    y = x.repeat_interleave(2, 2).repeat_interleave(2, 3)
    y = F.silu(block.depthwise.bn(F.conv2d(y, block.depthwise.conv.weight, padding=1, groups=6)))
    y = y.view(2, 6, 1, 10, 14).transpose(1, 2).flatten(1, 2)  # the shuffle, in groups of one channel
    torch.testing.assert_close(block(x), F.conv2d(y, block.pointwise.weight, block.pointwise.bias))


def test_parameters_as_in_the_paper() -> None:
    assert sum(p.numel() for p in EUCB(64, 128).parameters()) == 11 * 64 + 64 * 128 + 128
