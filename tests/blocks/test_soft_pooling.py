"""SoftPool against its formula, its gradient, and the overflow that the formula has when written naively."""

import re
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from yolo_slice.blocks import SoftPool, SoftPool2d, soft_pool

PAGE = (Path(__file__).parents[2] / "docs" / "numbers.md").read_text(encoding="utf-8").partition("<!-- overflow -->")[2]
WINDOWS = [(2, 2, 0, False), (2, 2, 0, True), (3, 2, 1, False), (3, 2, 1, True), (3, 1, 1, False), (2, 3, 0, True)]


def naive(x: Tensor) -> Tensor:
    """The published formula as published: exponentials of the activations, summed over 2 x 2 cells."""
    weights = x.exp()
    return F.avg_pool2d(weights * x, 2) / F.avg_pool2d(weights, 2)


def window_by_window(x: Tensor, k: int, s: int, p: int, ceil_mode: bool) -> Tensor:
    """The definition, one window at a time, over the pixels of the image that it covers."""
    size = F.max_pool2d(x, k, s, p, ceil_mode=ceil_mode).shape
    y = torch.empty(size, dtype=x.dtype)
    for index in torch.cartesian_prod(*map(torch.arange, size)).tolist():
        b, c, i, j = index
        cell = x[b, c, max(i * s - p, 0) : i * s - p + k, max(j * s - p, 0) : j * s - p + k].flatten()
        weights = [sum(((b - a).exp() for b in cell), torch.zeros((), dtype=x.dtype)) ** -1 for a in cell]
        y[tuple(index)] = sum(w * a for w, a in zip(weights, cell, strict=True))
    return y


def test_hand_computed() -> None:
    x = torch.tensor([[[[0.0, 0.0], [0.0, 3.0]]]]).log1p()  # 0, 0, 0, ln 4: weights 1/7, 1/7, 1/7, 4/7
    assert soft_pool(x, 2).item() == pytest.approx(4 / 7 * 1.3862943611)


@pytest.mark.parametrize(("k", "s", "p", "ceil_mode"), WINDOWS)
def test_equals_the_definition_window_by_window(k: int, s: int, p: int, ceil_mode: bool) -> None:
    torch.manual_seed(0)
    x = 3 * torch.randn(2, 2, 7, 9, dtype=torch.float64)
    torch.testing.assert_close(
        soft_pool(x, k, s, p, ceil_mode), window_by_window(x, k, s, p, ceil_mode), atol=1e-13, rtol=0
    )


@pytest.mark.parametrize("k", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("s", [1, 2, 3])
@pytest.mark.parametrize("ceil_mode", [False, True])
def test_output_is_sized_as_torch_sizes_max_pooling(k: int, s: int, ceil_mode: bool) -> None:
    for p in range(k // 2 + 1):
        for size in ((5, 6), (7, 8), (9, 11)):
            x = torch.zeros(1, 1, *size)
            assert soft_pool(x, k, s, p, ceil_mode).shape == F.max_pool2d(x, k, s, p, ceil_mode=ceil_mode).shape


def test_equals_the_naive_formula_where_that_does_not_overflow() -> None:
    x = torch.randn(2, 3, 8, 6, dtype=torch.float64)
    torch.testing.assert_close(soft_pool(x), naive(x), atol=1e-14, rtol=0)


@pytest.mark.parametrize(("k", "s", "p", "ceil_mode"), WINDOWS)
def test_gradient_is_the_true_one(k: int, s: int, p: int, ceil_mode: bool) -> None:
    x = torch.randn(1, 2, 5, 5, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda x: soft_pool(x, k, s, p, ceil_mode), x)


def test_gradient_equals_the_closed_form() -> None:
    """dy/dx_i = w_i (1 + x_i - y); the authors' CUDA code takes the weights for constants."""
    x = torch.randn(1, 1, 2, 2, dtype=torch.float64, requires_grad=True)
    y = soft_pool(x)
    (gradient,) = torch.autograd.grad(y.sum(), x)
    torch.testing.assert_close(gradient, x.flatten().softmax(0).view_as(x) * (1 + x - y))


def steep(dtype: torch.dtype) -> Tensor:
    """Activations of +-1e4 in every mixture, and moderate ones."""
    cells = [[1e4, -1e4, 0, 1], [-1e4] * 4, [1e4] * 4, [12, 12, 12, 12], [1e4, 9999, -3, 0]]
    return torch.tensor(cells, dtype=dtype).view(1, 5, 2, 2).requires_grad_()


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32])
def test_finite_where_the_naive_formula_is_not(dtype: torch.dtype) -> None:
    x = steep(dtype)
    y = soft_pool(x)
    y.float().sum().backward()
    assert y.dtype == dtype
    assert y.isfinite().all()
    assert x.grad.isfinite().all()
    wanted = window_by_window(x.detach().double(), 2, 2, 0, False)
    torch.testing.assert_close(y.double(), wanted, atol=0, rtol=torch.finfo(dtype).eps)
    fails = ~naive(x.detach()).isfinite()
    assert fails.flatten().tolist() == [True, True, True, dtype == torch.float16, True]


def test_published_weights_overflow_in_float16_from_9_75() -> None:
    """What plausibly ruined the paper's SoftPool rows under mixed precision; docs/numbers.md has this table."""
    rows = re.findall(r"(?m)^\| ([\d.]+) \| (\S+) \| ([\d.]+) \|$", PAGE)
    values = torch.tensor([float(row[0]) for row in rows], dtype=torch.float16)
    cells = values.expand(4, -1)  # windows of four equal pixels: the pooled value is the pixel
    weights = cells.exp() / cells.exp().sum(0)
    published = (weights * cells).sum(0)
    assert [f"{value:g}" for value in published.tolist()] == [row[1] for row in rows]
    assert [row[1] for row in rows] == ["8.5", "9.5", "0", "0", "nan", "nan"]  # the sum is inf, then its terms are
    ours = soft_pool(values.view(1, -1, 1, 1).expand(1, -1, 2, 2)).flatten()
    assert ours.tolist() == values.tolist() == [float(row[2]) for row in rows]


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_is_rounded_once_at_the_end(dtype: torch.dtype) -> None:
    x = torch.randn(1, 8, 20, 20).to(dtype)
    assert torch.equal(soft_pool(x, 4), soft_pool(x.double(), 4).to(dtype))


def test_works_under_autocast() -> None:
    x = torch.randn(1, 3, 8, 8)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        y = soft_pool(x.bfloat16() * 1e3)
    assert y.isfinite().all()


def test_block_pools_the_smaller_windows_at_odd_edges() -> None:
    block, x = SoftPool(3, 3), torch.randn(1, 3, 5, 7)
    torch.nn.init.dirac_(block.conv.weight)
    torch.nn.init.zeros_(block.conv.bias)
    torch.testing.assert_close(block(x)[..., -1, -1], x[..., -1, -1])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((0,), "k must be a positive integer, not 0"),
        ((2, 0), "s must be a positive integer, not 0"),
        ((2, 2, 2), r"padding p must be at least 0 and at most half the kernel \(1\), not 2"),
        ((2, 2, -1), "padding p must be at least 0"),
        ((9,), "a window of 9 pixels does not fit into 4 pixels"),
    ],
)
def test_illegal_windows_are_refused(arguments: tuple[int, ...], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        soft_pool(torch.zeros(1, 1, 4, 4), *arguments)
    with pytest.raises(ValueError, match=message):
        SoftPool2d(*arguments)(torch.zeros(1, 1, 4, 4))
