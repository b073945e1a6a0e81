"""Saliency sampling: the operator's laws in float64, hand-computed cases, and the blocks that are made of it."""

import copy

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode
from ultralytics.nn.modules import C3, Bottleneck, C2f, C3k2

from yolo_slice.blocks import C3SSB, SSB, C2fSSB, C3k2SSB, SSBottleneck
from yolo_slice.blocks.saliency_sampling import overlaps, sample_down, sample_up, sampled_size

SIDES = [(28, 16), (14, 8), (7, 4), (5, 3), (1, 1), (9, 9), (6, 1)]


def profile(n: int, batch: int = 3) -> Tensor:
    return torch.rand(batch, n, dtype=torch.float64, generator=torch.Generator().manual_seed(n)) + 0.01


def moved(block: nn.Module, seed: int = 1) -> nn.Module:
    """Let a block sample unevenly, as a trained one does."""
    torch.manual_seed(seed)
    for m in block.modules():
        if isinstance(m, nn.BatchNorm2d):
            nn.init.uniform_(m.weight, 1, 2)
            nn.init.normal_(m.bias)
    return block.eval()


@pytest.mark.parametrize(("n", "size"), SIDES)
def test_each_sample_is_equally_wide_and_each_pixel_as_wide_as_it_is_salient(n: int, size: int) -> None:
    p = profile(n)
    g = overlaps(p, size)
    assert (g.shape, g.dtype) == ((3, size, n), torch.float64)
    torch.testing.assert_close(g.sum(2), torch.full((3, size), 1 / size, dtype=torch.float64), atol=1e-14, rtol=0)
    torch.testing.assert_close(g.sum(1), p / p.sum(1, keepdim=True), atol=1e-15, rtol=0)
    assert (g > 0).sum((1, 2)).tolist() == [n + size - 1] * 3  # all edges differ, but for the first and the last


@pytest.mark.parametrize(("n", "size"), SIDES)
def test_it_is_the_overlap_of_intervals(n: int, size: int) -> None:
    """The same from the definition: each pixel and each sample by itself, in Python."""
    p = profile(n, 1)
    edges = [float(p[0, :j].sum() / p.sum()) for j in range(n + 1)]
    by_hand = [
        [max(0.0, min(edges[j + 1], (i + 1) / size) - max(edges[j], i / size)) for j in range(n)] for i in range(size)
    ]
    torch.testing.assert_close(overlaps(p, size)[0], torch.tensor(by_hand, dtype=torch.float64), atol=1e-15, rtol=0)


@pytest.mark.parametrize("hw", [(28, 28), (14, 9), (7, 20), (1, 5), (1, 1)])
def test_what_is_constant_stays_when_sampled_and_comes_back_with_its_mean(hw: tuple[int, int]) -> None:
    h, w = hw
    rows, columns = overlaps(profile(h), sampled_size(h)), overlaps(profile(w), sampled_size(w))
    down = sample_down(torch.ones(3, 2, h, w, dtype=torch.float64), rows, columns)
    torch.testing.assert_close(down, torch.ones_like(down), atol=1e-13, rtol=0)
    up = sample_up(down, rows, columns)
    torch.testing.assert_close(up.mean((2, 3)), torch.ones(3, 2, dtype=torch.float64), atol=1e-13, rtol=0)
    uniform = [overlaps(torch.ones(1, n, dtype=torch.float64), sampled_size(n)) for n in hw]
    even = sample_up(down, *uniform)
    torch.testing.assert_close(even, torch.ones_like(even), atol=1e-13, rtol=0)


def test_up_is_the_transpose_of_down() -> None:
    rows, columns = overlaps(profile(9), 5), overlaps(profile(6), 4)
    x, y = torch.randn(3, 2, 9, 6, dtype=torch.float64), torch.randn(3, 2, 5, 4, dtype=torch.float64)
    samples, pixels = 5 * 4, 9 * 6
    inner = (sample_down(x, rows, columns) * y).sum() / samples
    torch.testing.assert_close(inner, (x * sample_up(y, rows, columns)).sum() / pixels)


def test_uniform_saliency_is_area_pooling_where_sizes_divide() -> None:
    x = torch.randn(2, 3, 12, 8, dtype=torch.float64)
    rows, columns = (overlaps(torch.ones(1, n, dtype=torch.float64), n // 2) for n in (12, 8))
    torch.testing.assert_close(sample_down(x, rows, columns), F.avg_pool2d(x, 2))
    doubled = F.interpolate(F.avg_pool2d(x, 2), scale_factor=2.0)
    torch.testing.assert_close(sample_up(F.avg_pool2d(x, 2), rows, columns), doubled)


def test_a_salient_row_gets_most_samples() -> None:
    p = torch.full((1, 10), 0.1)
    p[0, 3] = 5.0
    share = overlaps(p, 6)[0].sum(0)
    assert share.argmax() == 3
    assert share[3] == pytest.approx(5 / 5.9)


@pytest.mark.parametrize(
    ("n", "ratio", "size"),
    [
        *((n, 9 / 16, size) for n, size in ((128, 72), (64, 36), (32, 18), (28, 16), (14, 8), (7, 4))),
        *((n, 4 / 7, size) for n, size in ((28, 16), (14, 8), (7, 4), (80, 46))),
        *((1, 0.1, 1), (5, 1, 5), (5, 0.5, 3)),
    ],
)
def test_sizes_are_those_of_the_paper_and_halves_round_up(n: int, ratio: float, size: int) -> None:
    assert sampled_size(n, ratio) == size == max(1, int(n * ratio + 0.5))


@pytest.mark.parametrize("hw", [(10, 7), (1, 1), (3, 8)])
def test_it_starts_as_uniform_sampling(hw: tuple[int, int]) -> None:
    torch.manual_seed(0)
    conv = nn.Conv2d(4, 4, 3, padding=1)
    learned, even = SSB(4, conv, nn.ReLU()).double().eval(), SSB(4, conv, nn.ReLU(), uniform=True).double()
    x = torch.randn(2, 4, *hw, dtype=torch.float64)
    torch.testing.assert_close(learned(x), even(x), atol=1e-12, rtol=0)
    assert sum(p.numel() for p in learned.parameters()) - sum(p.numel() for p in even.parameters()) == 4 + 2


def test_only_the_gain_learns_at_first_and_then_all_does() -> None:
    torch.manual_seed(0)
    block = SSB(4, nn.Conv2d(4, 4, 3, padding=1)).train()
    x = torch.randn(2, 4, 12, 12)
    saliency = block.sampler.saliency
    block(x).square().sum().backward()
    assert saliency.bn.weight.grad.abs() > 1e-6
    assert saliency.conv.weight.grad.abs().max() == 0
    nn.init.constant_(saliency.bn.weight, 0.5)
    block(x).square().sum().backward()
    assert saliency.conv.weight.grad.abs().max() > 1e-6


def test_the_shortcut_keeps_every_pixel_and_the_branch_sees_the_sampled_size() -> None:
    seen: list[Tensor] = []
    branch = nn.Identity()
    branch.register_forward_hook(lambda m, args, y: seen.append(args[0]))
    x = torch.randn(1, 4, 28, 14)
    SSB(4, branch)(x)
    SSB(4, branch, size=(3, 2))(x)
    assert [tuple(y.shape[-2:]) for y in seen] == [(16, 8), (3, 2)]
    zero = nn.Conv2d(4, 4, 1, bias=False)
    nn.init.zeros_(zero.weight)
    assert torch.equal(SSB(4, zero)(x), x)


@pytest.mark.parametrize("sampler", ["uniform", "bilinear", "depthwise"])
@pytest.mark.parametrize("hw", [(8, 8), (7, 5)])
def test_what_the_paper_compares_with_keeps_sizes_and_learns(sampler: str, hw: tuple[int, int]) -> None:
    block = SSB(4, nn.Conv2d(4, 4, 3, padding=1), ratio=0.5, sampler=sampler)
    x = torch.randn(2, 4, *hw)
    block(x).sum().backward()
    assert block(x).shape == x.shape
    assert all(p.grad is not None for p in block.parameters())
    extra = sum(p.numel() for p in block.sampler.parameters())
    assert extra == {"uniform": 0, "bilinear": 0, "depthwise": 4 * (9 + 16)}[sampler]


def test_bilinear_is_torchs_own_interpolation() -> None:
    x = torch.randn(1, 2, 8, 8)
    block = SSB(2, nn.Identity(), ratio=0.5, sampler="bilinear")
    wanted = F.interpolate(F.interpolate(x, (4, 4), mode="bilinear"), (8, 8), mode="bilinear")
    torch.testing.assert_close(block(x), x + wanted)


def test_the_grid_stays_in_single_precision_under_autocast() -> None:
    block, x = moved(SSB(16, nn.Conv2d(16, 16, 3, padding=1))), torch.randn(1, 16, 80, 80)
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
        rows, columns = block.sampler.grids(x)
        y = block(x)
    assert rows.dtype == columns.dtype == torch.float32
    assert (rows.sum(2) * rows.shape[1] - 1).abs().max() < 1e-5
    assert (y.float() - block(x)).abs().max() < 0.03 * y.abs().max()
    half = block.half().sampler.grids(x.half())[0]
    assert half.dtype == torch.float32


def test_the_cost_of_sampling_is_what_torch_counts() -> None:
    sampler = SSB(6, nn.Identity(), uniform=True).sampler
    x = torch.zeros(1, 6, 40, 28)
    with FlopCounterMode(display=False) as counter:
        sampler(x, nn.Identity())
    h, w = 23, 16  # 22.5 and 15.75, rounded
    assert sampler.sampling_macs(x) == counter.get_total_flops() / 2 == 2 * 6 * (h * 40 * 28 + h * w * 28)


@pytest.mark.parametrize(
    ("sampled", "stock"),
    [
        (lambda: C2fSSB(8, 16, 2), lambda: C2f(8, 16, 2, True)),
        (lambda: C3SSB(8, 16, 2), lambda: C3(8, 16, 2)),
        (lambda: C3k2SSB(8, 16, 2, False, 0.25), lambda: C3k2(8, 16, 2, False, 0.25)),
        (lambda: C3k2SSB(8, 16, 1, True), lambda: C3k2(8, 16, 1, True)),
        (lambda: SSBottleneck(8, 8), lambda: Bottleneck(8, 8)),
    ],
    ids=["C2f", "C3", "C3k2", "C3k2 of C3k", "Bottleneck"],
)
def test_every_stock_weight_keeps_its_name_and_what_it_does(sampled, stock) -> None:
    ours, theirs = sampled().eval(), stock().eval()
    result = ours.load_state_dict(theirs.state_dict(), strict=False)
    assert not result.unexpected_keys
    assert result.missing_keys
    assert all(".saliency." in f".{key}" for key in result.missing_keys)
    assert not any(type(m) is Bottleneck for m in ours.modules())
    for m in ours.modules():
        if isinstance(m, SSBottleneck):
            m.sampler.ratio = 1  # all pixels, evenly: then nothing is sampled
    x = torch.randn(2, 8, 10, 6)
    torch.testing.assert_close(ours(x), theirs(x), atol=1e-5, rtol=1e-5)


def test_copies_sample_alike() -> None:
    block, x = moved(C2fSSB(8, 8, 2)), torch.randn(1, 8, 12, 12)
    assert torch.equal(copy.deepcopy(block)(x), block(x))
    even = C2fSSB(8, 8, 2, sampler="uniform").eval()
    even.load_state_dict(block.state_dict(), strict=False)
    assert not torch.allclose(even(x), block(x))  # it does sample by saliency


@pytest.mark.parametrize(
    ("make", "fault"),
    [
        (lambda: SSB(0, nn.Identity()), "SSB: channels must be a positive integer, not 0"),
        (lambda: SSB(4, nn.Identity(), ratio=0), "SSB: ratio must be above 0 and at most 1, not 0"),
        (lambda: SSB(4, nn.Identity(), ratio=1.5), "ratio must be above 0 and at most 1"),
        (lambda: SSB(4, nn.Identity(), size=(3, 0)), "width must be a positive integer"),
        (lambda: SSB(4, nn.Identity(), sampler="nearest"), "sampler must be one of saliency, uniform, bilinear"),
        (lambda: SSB(4, nn.Identity(), uniform=True, sampler="bilinear"), "sampler must be uniform where uniform"),
        (lambda: SSB(4, nn.Identity(), sampler="depthwise"), "ratio must be 0.5"),
        (lambda: C2fSSB(8, 8, 1, False), "C2fSSB: shortcut must be true"),
        (lambda: C3SSB(8, 8, 0), "C3SSB: n must be a positive integer, not 0"),
        (lambda: SSBottleneck(8, 12), "SSBottleneck: c2 must be c1"),
    ],
)
def test_illegal_arguments_are_refused(make, fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        make()
