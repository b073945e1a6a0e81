"""V7Down: five rows of stock layers."""

import pytest
import torch
import torch.nn.functional as F

from yolo_slice.blocks import V7Down


@pytest.mark.parametrize("size", [(8, 6), (7, 9)])
def test_it_is_what_five_stock_rows_make(size: tuple[int, int]) -> None:
    block, x = V7Down(3, 6).eval(), torch.randn(2, 3, *size)
    a, b = block.strided
    c = block.pooled[1]
    strided = F.silu(b.bn(F.conv2d(F.silu(a.bn(F.conv2d(x, a.conv.weight))), b.conv.weight, stride=2, padding=1)))
    pooled = F.silu(c.bn(F.conv2d(F.max_pool2d(x, 2, ceil_mode=True), c.conv.weight)))
    torch.testing.assert_close(block(x), torch.cat([strided, pooled], 1))
    assert a.conv.weight.shape[0] == c.conv.weight.shape[0] == 3


def test_an_odd_number_of_channels_is_refused() -> None:
    with pytest.raises(ValueError, match="c2 must be even, half for each branch, not 5"):
        V7Down(3, 5)
