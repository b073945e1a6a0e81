"""MixedPool: at the ends of its share it is max pooling and average pooling."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from yolo_slice.blocks import MixedPool

X = torch.randn(2, 3, 7, 9, generator=torch.Generator().manual_seed(0))
LARGEST = F.max_pool2d(X, 2, ceil_mode=True)
MEAN = F.avg_pool2d(X, 2, ceil_mode=True)


@pytest.mark.parametrize(("gate", "pooled"), [(99.0, LARGEST), (-99.0, MEAN), (0.0, (LARGEST + MEAN) / 2)])
def test_ends_and_middle_of_the_share(gate: float, pooled: torch.Tensor) -> None:
    block = MixedPool(3, 5).eval()
    nn.init.constant_(block.gate_bias, gate)
    torch.testing.assert_close(block(X), block.conv(pooled))


def test_it_starts_in_the_middle() -> None:
    block = MixedPool(3, 5).eval()
    torch.testing.assert_close(block(X), block.conv((LARGEST + MEAN) / 2))


def test_windows_at_the_border_average_what_is_there() -> None:
    assert MEAN[0, 0, -1, -1] == X[0, 0, -1, -1]
    assert MEAN[0, 0, -1, 0] == pytest.approx(float(X[0, 0, -1, :2].mean()))


def test_each_channel_has_a_share_of_its_own() -> None:
    block = MixedPool(3, 5).eval()
    block.gate_bias.data = torch.tensor([99.0, -99.0, 99.0])
    torch.testing.assert_close(block(X), block.conv(torch.stack([LARGEST[:, 0], MEAN[:, 1], LARGEST[:, 2]], 1)))
