"""AdaPool against its formula, its gradient, and the cases in which the formula as written divides by zero."""

import math

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from yolo_slice.blocks import AdaPool2d, soft_pool

WINDOWS = [(2, 2, 0, False), (2, 2, 0, True), (3, 2, 1, False), (3, 2, 1, True), (2, 3, 0, True)]


def pool(beta: float, *window: object) -> AdaPool2d:
    module = AdaPool2d(*window)
    module.beta.data.fill_(beta)
    return module


def by_definition(cell: list[float], beta: float) -> float:
    """y = beta eDSCW + (1 - beta) eM of one window, in plain Python."""
    mean = sum(cell) / len(cell)
    dice = [math.exp(2 * abs(mean * a) / (mean**2 + a**2)) for a in cell]
    exponential = [math.exp(a) for a in cell]
    parts = [sum(w * a for w, a in zip(weights, cell, strict=True)) / sum(weights) for weights in (dice, exponential)]
    return beta * parts[0] + (1 - beta) * parts[1]


@pytest.mark.parametrize("beta", [0.0, 0.3, 1.0])
@pytest.mark.parametrize(("k", "s", "p", "ceil_mode"), WINDOWS)
def test_equals_the_definition_window_by_window(k: int, s: int, p: int, ceil_mode: bool, beta: float) -> None:
    torch.manual_seed(0)
    x = torch.randn(1, 2, 7, 6, dtype=torch.float64)
    y = pool(beta, k, s, p, ceil_mode).double()(x)
    assert y.shape == F.max_pool2d(x, k, s, p, ceil_mode=ceil_mode).shape
    for b, c, i, j in torch.cartesian_prod(*map(torch.arange, y.shape)).tolist():
        cell = x[b, c, max(i * s - p, 0) : i * s - p + k, max(j * s - p, 0) : j * s - p + k].flatten().tolist()
        assert y[b, c, i, j].item() == pytest.approx(by_definition(cell, y.new_tensor(beta).item()), abs=1e-7)


def test_hand_computed() -> None:
    """Window 1, 1, 1, 1: every weight is 1/4. Window 3, 0, 0, 0: mean 3/4, coefficients 8/17, 0, 0, 0."""
    assert pool(1.0)(torch.ones(1, 1, 2, 2)).item() == pytest.approx(1.0)
    x = torch.tensor([[[[3.0, 0.0], [0.0, 0.0]]]])
    assert pool(1.0)(x).item() == pytest.approx(3 * math.exp(8 / 17) / (math.exp(8 / 17) + 3))
    assert pool(0.0)(x).item() == pytest.approx(3 * math.exp(3) / (math.exp(3) + 3))


def test_beta_is_one_trained_number_that_begins_in_the_middle_and_is_clamped() -> None:
    module, x = AdaPool2d(), torch.randn(1, 2, 4, 4)
    assert [p.numel() for p in module.parameters()] == [1]
    assert module.beta.item() == 0.5
    assert torch.equal(pool(-3.0)(x), pool(0.0)(x))
    assert torch.equal(pool(7.0)(x), pool(1.0)(x))
    torch.testing.assert_close(pool(0.0)(x), soft_pool(x))


@pytest.mark.parametrize(("k", "s", "p", "ceil_mode"), WINDOWS)
def test_gradient_is_the_true_one(k: int, s: int, p: int, ceil_mode: bool) -> None:
    torch.manual_seed(2)
    module = pool(0.3, k, s, p, ceil_mode).double()
    x = torch.randn(1, 2, 5, 5, dtype=torch.float64, requires_grad=True)

    def run(x: Tensor, beta: Tensor) -> Tensor:
        return torch.func.functional_call(module, {"beta": beta}, x)

    assert torch.autograd.gradcheck(run, (x, module.beta))


def naive(x: Tensor) -> Tensor:
    """The two published formulas as published, equally weighted, over 2 x 2 cells."""
    cells = torch.stack([x[..., i::2, j::2] for i in (0, 1) for j in (0, 1)])
    mean = cells.mean(0)
    dice = (2 * (mean * cells).abs() / (mean * mean + cells * cells)).exp()
    soft = cells.exp()
    return ((dice * cells).sum(0) / dice.sum(0) + (soft * cells).sum(0) / soft.sum(0)) / 2


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32])
def test_finite_where_the_naive_formula_is_not(dtype: torch.dtype) -> None:
    cells = [[1e4, -1e4, 0, 1], [-1e4] * 4, [1e4] * 4, [0.0] * 4, [1e4, 9999, -3, 0], [1e4, -1e4, 1e4, -1e4]]
    x = torch.tensor(cells, dtype=dtype).view(1, 6, 2, 2).requires_grad_()
    module = AdaPool2d().to(dtype)
    y = module(x)
    y.float().sum().backward()
    assert y.dtype == dtype
    assert all(t.isfinite().all() for t in (y, x.grad, module.beta.grad))
    assert not naive(x.detach()).isfinite().any()  # overflow, or 0/0 in the window of zeros
    wanted = [pool(0.5).double()(x.detach().double()).flatten()[i].item() for i in range(6)]
    assert y.flatten().tolist() == pytest.approx(wanted, rel=torch.finfo(dtype).eps)
    assert y[0, 3].item() == 0


def test_illegal_windows_are_refused() -> None:
    for arguments, message in (((0,), "k must be"), ((2, -1), "s must be"), ((3, 2, 2), "padding p must be")):
        with pytest.raises(ValueError, match=f"AdaPool2d: {message}"):
            AdaPool2d(*arguments)
