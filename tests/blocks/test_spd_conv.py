"""SPD-Conv against the stock Focus, and against the strided convolution that it is."""

import pytest
import torch
from ultralytics.nn.modules import Focus

from yolo_slice.blocks import SPDConv


@pytest.mark.parametrize("k", [1, 3, 5])
def test_equals_focus_bit_for_bit(k: int) -> None:
    ours, theirs = SPDConv(5, 7, k).eval(), Focus(5, 7, k).eval()
    theirs.load_state_dict(ours.state_dict())
    x = torch.randn(2, 5, 8, 6)
    assert torch.equal(ours(x), theirs(x))


@pytest.mark.parametrize("k", [1, 3])
def test_is_one_convolution_of_twice_the_kernel_and_stride_2(k: int) -> None:
    block = SPDConv(3, 4, k, act=False).double().eval()
    strided = torch.nn.Conv2d(3, 4, 2 * k, 2, k - 1, bias=False).double()
    with torch.no_grad():
        for g in range(4):
            px, py = divmod(g, 2)
            strided.weight[:, :, py::2, px::2] = block.conv.conv.weight[:, 3 * g : 3 * g + 3]
    x = torch.randn(2, 3, 12, 8).double()
    torch.testing.assert_close(block(x), block.conv.bn(strided(x)), atol=1e-12, rtol=0)


@pytest.mark.parametrize("s", [3, 4])
def test_other_scales_divide_by_s(s: int) -> None:
    assert SPDConv(3, 8, s=s)(torch.zeros(1, 3, 25, 24)).shape == (1, 8, -(-25 // s), -(-24 // s))


@pytest.mark.parametrize("s", [1, 0, -2, 1.5, "2"])
def test_scales_that_slice_nothing_are_refused(s: object) -> None:
    with pytest.raises(ValueError, match="SPDConv: s"):
        SPDConv(3, 8, s=s)
