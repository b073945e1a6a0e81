"""ESSamp: with one kernel per slice channel it is SliceSamp, its channels in another order."""

import pytest
import torch
import torch.nn.functional as F

from yolo_slice.blocks import ESSamp, SliceSamp


@pytest.mark.parametrize("size", [(8, 6), (7, 9)])
def test_with_one_kernel_it_is_slice_samp(size: tuple[int, int]) -> None:
    ours, slices = ESSamp(3, 5, m=1).double().eval(), SliceSamp(3, 5).double().eval()
    slices.depthwise.bn.running_mean.normal_()
    # channel g*3 + q of the slices, g = py + 2*px, is channel 4*q + 2*py + px of pixel_unshuffle
    order = torch.tensor([4 * q + 2 * (g % 2) + g // 2 for g in range(4) for q in range(3)]).argsort()
    state = slices.state_dict()
    permuted = {k: v[order] if k.startswith("depthwise") and v.ndim else v for k, v in state.items()}
    ours.load_state_dict({**permuted, "pointwise.conv.weight": state["pointwise.conv.weight"][:, order]})
    x = torch.randn(2, 3, *size).double()
    torch.testing.assert_close(ours(x), slices(x), atol=1e-14, rtol=0)


def test_two_kernels_for_each_slice_channel() -> None:
    block, x = ESSamp(3, 5).eval(), torch.randn(2, 3, 8, 6)
    y = F.pixel_unshuffle(x, 2).repeat_interleave(2, 1)
    y = F.gelu(block.depthwise.bn(F.conv2d(y, block.depthwise.conv.weight, padding=1, groups=24)))
    y = F.gelu(block.pointwise.bn(F.conv2d(y, block.pointwise.conv.weight)))
    torch.testing.assert_close(block(x), y)


def test_parameters_as_in_the_paper() -> None:
    count = sum(p.numel() for p in ESSamp(64, 128).parameters())
    assert count == 88 * 64 + 8 * 64 * 128 + 2 * 128
