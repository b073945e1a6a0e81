"""LIP: weights of its windows by brute force, and the overflow that its form avoids."""

import pytest
import torch
import torch.nn.functional as F

from yolo_slice.blocks import LIP
from yolo_slice.blocks.lip import importance_pool


@pytest.mark.parametrize("size", [(8, 6), (7, 9), (1, 1)])
def test_it_starts_as_average_pooling(size: tuple[int, int]) -> None:
    block, x = LIP(3, 5).eval(), torch.randn(2, 3, *size)
    pooled = F.avg_pool2d(x, 3, 2, 1, count_include_pad=False)
    torch.testing.assert_close(block(x), block.conv(pooled))


def test_a_constant_stays() -> None:
    y = importance_pool(torch.full((1, 2, 7, 9), 3.0), 4 * torch.randn(1, 2, 7, 9))
    torch.testing.assert_close(y, torch.full((1, 2, 4, 5), 3.0))


def test_windows_by_brute_force() -> None:
    x, logit = torch.randn(2, 5, 6).double()
    y = importance_pool(x.view(1, 1, 5, 6), logit.view(1, 1, 5, 6))[0, 0]
    weight = (12 / (1 + (-logit).exp())).exp()
    for r in range(3):
        for c in range(3):
            rows, columns = slice(max(2 * r - 1, 0), 2 * r + 2), slice(max(2 * c - 1, 0), 2 * c + 2)
            w = weight[rows, columns]
            assert float(y[r, c]) == pytest.approx(float((w * x[rows, columns]).sum() / w.sum()), abs=1e-12)


def test_large_logits_stay_finite_in_half_precision_where_the_papers_form_overflows() -> None:
    x, logit = torch.ones(1, 1, 4, 4).half(), torch.full((1, 1, 4, 4), 6.0).half()
    naive = (12 * logit.sigmoid()).exp()
    assert naive.isinf().all()
    assert (importance_pool(x, logit) == 1).all()


def test_all_parameters_learn_once_the_gain_has_moved() -> None:
    block, x = LIP(4, 4).train(), torch.randn(2, 4, 8, 6)
    block(x).square().sum().backward()
    assert block.logit.bn.weight.grad.abs().min() > 0
    assert block.logit.conv.weight.grad.abs().max() == 0  # why it is excused
    with torch.no_grad():
        block.logit.bn.weight.add_(0.1)
    block(x).square().sum().backward()
    assert all(p.grad.abs().sum() > 0 for p in block.parameters())
