"""PixelShuffleUp: its order of pixels, and the start without a checkerboard."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from yolo_slice.blocks import PixelShuffleUp


@pytest.mark.parametrize("k", [1, 3])
def test_it_starts_as_a_convolution_with_nearest_upsampling_after_it(k: int) -> None:
    block, x = PixelShuffleUp(6, 5, k), torch.randn(2, 6, 4, 7)
    y = F.conv2d(x, block.conv.weight[::4], block.conv.bias[::4], padding=k // 2)
    torch.testing.assert_close(block(x), F.interpolate(y, scale_factor=2))
    assert block.conv.weight[::4].std() > 0.01


def test_each_pixel_of_a_cell_has_a_kernel_of_its_own() -> None:
    block = PixelShuffleUp(1, 1)
    block.conv.weight.data = torch.tensor([1.0, 2.0, 3.0, 4.0]).view(4, 1, 1, 1)
    nn.init.zeros_(block.conv.bias)
    assert block(torch.ones(1, 1, 1, 1)).flatten().tolist() == [1.0, 2.0, 3.0, 4.0]


def test_it_is_a_transposed_convolution() -> None:
    block, x = PixelShuffleUp(6, 5).double(), torch.randn(2, 6, 4, 7).double()
    nn.init.normal_(block.conv.weight)
    kernel = block.conv.weight.view(5, 2, 2, 6).permute(3, 0, 1, 2)
    wanted = F.conv_transpose2d(x, kernel, stride=2) + F.interpolate(
        block.conv.bias.view(1, 5, 2, 2).repeat(1, 1, 4, 7), scale_factor=1
    )
    torch.testing.assert_close(block(x), wanted, atol=1e-13, rtol=0)
