"""Alternating least squares against brute force, and against pairs that are known."""

from itertools import pairwise

import pytest
import torch
from torch import Tensor

from yolo_slice.transfer.depthwise_als import Covariances, Moments, fit_pair, solve_pointwise

K, TAPS, C, ROWS = 5, 9, 4, 4000


def rows(seed: int = 0) -> Tensor:
    """Correlated, uncentred inputs (ROWS, K*9)."""
    generator = torch.Generator().manual_seed(seed)
    mix = torch.randn(K * TAPS, K * TAPS, generator=generator, dtype=torch.float64) / 3
    x = torch.randn(ROWS, K * TAPS, generator=generator, dtype=torch.float64)
    return x @ (mix + torch.eye(K * TAPS)) + 1.5


def moments(a: Tensor, z: Tensor) -> Moments:
    covariances = Covariances(a.shape[1], z.shape[1], a.device)
    for part in range(0, len(a), 700):
        covariances.add(a[part : part + 700].float(), z[part : part + 700])
    return covariances.centre()


def predict(a: Tensor, d: Tensor, p: Tensor) -> Tensor:
    """The pair as loops over channels: what it is said to be."""
    out = torch.zeros(len(a), p.shape[1], dtype=a.dtype)
    for k in range(K):
        out += (a[:, k * TAPS : (k + 1) * TAPS] @ d[k])[:, None] * p[k]
    return out


def test_moments_are_those_of_all_rows_at_once() -> None:
    a = rows()
    z = torch.randn(ROWS, C, dtype=torch.float64) + a[:, :C]
    found = moments(a, z)
    both = torch.cat([a, z], 1).T.cov(correction=0)
    assert torch.allclose(found.g, both[: K * TAPS, : K * TAPS], atol=1e-5)
    assert torch.allclose(found.c, both[: K * TAPS, K * TAPS :], atol=1e-5)
    assert torch.allclose(found.var_z, both.diagonal()[K * TAPS :], atol=1e-5)
    assert torch.allclose(found.mean_a, a.mean(0), atol=1e-5)
    assert torch.allclose(found.mean_z, z.mean(0), atol=1e-5)


def test_pointwise_is_the_least_squares_solution_and_its_r2_is_that_of_the_rows() -> None:
    a = rows()
    z = a[:, :C] ** 2 + a[:, C : 2 * C]
    d = torch.randn(K, TAPS, dtype=torch.float64)
    p, r2 = solve_pointwise(d, moments(a, z))
    hidden = torch.stack([a[:, k * TAPS : (k + 1) * TAPS] @ d[k] for k in range(K)], 1)
    hidden, wanted = hidden - hidden.mean(0), z - z.mean(0)
    best = torch.linalg.lstsq(hidden, wanted).solution
    assert torch.allclose(p, best, rtol=1e-2, atol=1e-3)
    direct = 1 - (wanted - hidden @ p).square().sum() / wanted.square().sum()
    assert r2 == pytest.approx(float(direct), abs=1e-7)


def test_every_round_is_at_least_as_good_and_a_pair_is_recovered() -> None:
    a = rows()
    generator = torch.Generator().manual_seed(1)
    true_d = torch.randn(K, TAPS, generator=generator, dtype=torch.float64)
    true_p = torch.randn(K, C, generator=generator, dtype=torch.float64)
    z = predict(a, true_d, true_p) + 0.7
    start = torch.randn(K, TAPS, generator=generator)
    trace = list(fit_pair(moments(a, z), start, 30))
    r2 = [value for _, _, value in trace]
    assert all(later >= earlier - 1e-6 for earlier, later in pairwise(r2))
    assert r2[0] < 0.9
    assert r2[-1] > 0.999
    d, p, _ = trace[-1]
    centred = a - a.mean(0)
    assert torch.allclose(predict(centred, d, p), z - z.mean(0), atol=0.05 * float(z.std()))


def test_depthwise_outputs_have_variance_1() -> None:
    a = rows()
    z = torch.randn(ROWS, C, dtype=torch.float64)
    for d, _, _ in fit_pair(moments(a, z), torch.randn(K, TAPS), 2):
        outputs = torch.stack([a[:, k * TAPS : (k + 1) * TAPS] @ d[k] for k in range(K)], 1)
        assert torch.allclose(outputs.var(0, unbiased=False), torch.ones(K, dtype=torch.float64), atol=1e-3)


def test_a_dead_channel_takes_no_part() -> None:
    a = rows()
    a[:, 2 * TAPS : 3 * TAPS] = 0.3
    z = a[:, :C].clone()
    *_, (d, p, r2) = fit_pair(moments(a, z), torch.randn(K, TAPS, generator=torch.Generator().manual_seed(3)), 20)
    assert torch.equal(d[2], torch.zeros(TAPS, dtype=torch.float64))
    assert torch.equal(p[2], torch.zeros(C, dtype=torch.float64))
    assert 0 < r2 <= 1
    assert d.abs().max() < 1e3
