"""DPP: the paper's formula written out, its limits, and squares that half precision cannot hold."""

import math

import pytest
import torch
import torch.nn.functional as F

from yolo_slice.blocks.dpp import detail_pool


def by_the_paper(window: torch.Tensor, power: float, offset: float) -> float:
    mean = window.mean()
    squares = [(float(pixel - mean)) ** 2 + 1e-3 for pixel in window.flatten()]
    level = sum(squares) / len(squares)
    weights = [(s / level) ** (math.exp(power) / 2) + math.exp(min(offset, 10.0)) for s in squares]
    return sum(w * float(p) for w, p in zip(weights, window.flatten(), strict=True)) / sum(weights)


@pytest.mark.parametrize(("power", "offset"), [(0.0, 0.0), (0.7, -1.2), (-0.5, 12.0), (1.5, 9.0)])
def test_windows_by_brute_force(power: float, offset: float) -> None:
    x = torch.randn(5, 7).double()
    y = detail_pool(x.view(1, 1, 5, 7), *torch.tensor([[power], [offset]], dtype=torch.float64))[0, 0]
    for r in range(3):
        for c in range(4):
            window = x[2 * r : 2 * r + 2, 2 * c : 2 * c + 2]
            assert float(y[r, c]) == pytest.approx(by_the_paper(window, power, offset), abs=1e-9)


def test_a_constant_stays() -> None:
    y = detail_pool(torch.full((1, 2, 7, 9), 3.0), torch.randn(2), torch.randn(2))
    torch.testing.assert_close(y, torch.full((1, 2, 4, 5), 3.0))


def test_where_no_difference_counts_it_is_average_pooling() -> None:
    x = torch.randn(2, 3, 7, 9)
    y = detail_pool(x, torch.full((3,), -99.0), torch.randn(3))
    torch.testing.assert_close(y, F.avg_pool2d(x, 2, ceil_mode=True))


def test_large_differences_stay_finite_in_half_precision() -> None:
    x = torch.tensor([0.0, 0.0, 0.0, 1000.0]).half().view(1, 1, 2, 2)
    assert (x - x.mean()).square().isinf().any()
    assert detail_pool(x, torch.zeros(1).half(), torch.zeros(1).half()).isfinite().all()
