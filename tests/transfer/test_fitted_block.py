"""A block that a linear pair is written into computes what the pair says, and training begins where the fit ends."""

from collections.abc import Iterable, Iterator

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from yolo_slice.blocks.slice_samp import SliceSamp
from yolo_slice.blocks.slice_upsamp import SliceUpsamp
from yolo_slice.blocks.space_to_depth import depth_to_space, space_to_depth
from yolo_slice.transfer import fitted_block
from yolo_slice.transfer.block_fit import fit_slice_upsamp, singular_kernels
from yolo_slice.transfer.depthwise_als import Moments, fit_pair
from yolo_slice.transfer.explained import Explained
from yolo_slice.transfer.fitted_block import write_pair
from yolo_slice.transfer.sampled_rows import rows, sample_moments

C1, C2, EPS = 3, 5, 0.1  # a large eps, so that forgetting it is seen


def images() -> list[Tensor]:
    generator = torch.Generator().manual_seed(0)
    return [F.avg_pool2d(torch.randn(1, C1, 44, 52, generator=generator), 3, 1, 1) + 0.3 for _ in range(10)]


def convolution() -> nn.Conv2d:
    conv = nn.Conv2d(C1, C2, 3, 2, 1)
    generator = torch.Generator().manual_seed(1)
    conv.weight.data = torch.randn(C2, C1, 3, 3, generator=generator)
    conv.bias.data = torch.arange(C2) / 5
    return conv.requires_grad_(False)


def pair(x: Tensor) -> tuple[Tensor, Tensor]:
    return space_to_depth(x), convolution()(x)


def fitted(act: str = "Identity") -> tuple[SliceSamp, Tensor, Tensor, Moments]:
    moments = sample_moments(images(), pair)
    *_, (d, p, _) = fit_pair(moments, singular_kernels(convolution()), 6)
    block = SliceSamp(C1, C2, act=act).eval().requires_grad_(False)
    for module in block.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.eps = EPS
    write_pair(block, d, p, moments)
    return block, d, p, moments


def explained(maps: Iterable[tuple[Tensor, Tensor]]) -> float:
    kept = Explained()
    for wanted, found in maps:
        kept.add(wanted, found)
    return kept.share()


def all_rows(x: Tensor) -> Tensor:
    return F.unfold(space_to_depth(x), 3, padding=1)[0].T


def test_rows_are_neighbourhoods_and_targets_of_the_same_place() -> None:
    generator = torch.Generator().manual_seed(0)
    x = images()[0]
    a, z = rows(*pair(x), generator)
    assert len({tuple(row) for row in a.tolist()}) == len(a) == 300
    everything, targets = all_rows(x), pair(x)[1][0].flatten(1).T
    for row, target in zip(a, z, strict=True):
        place = (everything - row).abs().sum(1).argmin()
        assert torch.equal(everything[place], row)
        assert torch.equal(targets[place], target)


def test_moments_are_those_of_the_places() -> None:
    few = [x[..., :20, :24] for x in images()]  # 120 places each: all are taken
    found = sample_moments(few, pair)
    everything = torch.cat([all_rows(x) for x in few]).double()
    assert torch.allclose(found.mean_a, everything.mean(0), atol=1e-6)
    assert torch.allclose(found.g, everything.T.cov(correction=0), atol=1e-6)


def test_the_block_computes_the_linear_pair() -> None:
    block, d, p, moments = fitted()
    for x in images()[:3]:
        a = all_rows(x).double() - moments.mean_a
        wanted = torch.einsum("nkp,kp->nk", a.view(-1, 4 * C1, 9), d) @ p + moments.mean_z
        off = (block(x) - wanted.T.float().view(1, C2, 22, 26)).abs()
        assert off.mean() < 0.005  # of values with a standard deviation of about 2
        assert off.max() < 0.2  # where the shift is not enough


def test_a_small_pointwise_kernel_is_enlarged_and_nothing_else_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    block, *_ = fitted()
    size = float(block.pointwise.conv.weight.square().mean().sqrt())
    monkeypatch.setattr(fitted_block, "POINTWISE_SIZE", 3 * size)
    larger, *_ = fitted()
    assert torch.allclose(larger.pointwise.conv.weight, 3 * block.pointwise.conv.weight)
    monkeypatch.setattr(fitted_block, "POINTWISE_SIZE", size / 3)
    same, *_ = fitted()
    assert torch.equal(same.pointwise.conv.weight, block.pointwise.conv.weight)  # never made smaller
    for x in images()[:2]:
        assert torch.allclose(larger(x), block(x), atol=1e-4)
    x = torch.cat(images())
    assert torch.allclose(larger.train()(x), block.train()(x), atol=0.2)


def test_the_fit_is_good_and_the_shift_keeps_it_good_after_gelu() -> None:
    block, d, _, moments = fitted()
    *_, (_, _, linear) = fit_pair(moments, d, 0)
    found = explained((pair(x)[1], block(x)) for x in images())
    assert linear > 0.75
    assert found == pytest.approx(linear, abs=0.02)
    hidden = block.depthwise(space_to_depth(images()[0]))
    assert (hidden > 0).double().mean() > 0.999


def test_running_statistics_are_those_of_the_calibration_so_that_training_begins_where_the_fit_ends() -> None:
    block, *_ = fitted("SiLU")
    x = torch.cat(images())
    settled, training = block(x), block.train()(x)
    assert (settled - training).square().mean() < 0.01 * settled.var()


def test_singular_kernels_are_exact_for_separable_weights() -> None:
    """A convolution whose every input channel has one kernel for all outputs is a depthwise-pointwise pair itself."""
    conv = convolution()
    generator = torch.Generator().manual_seed(3)
    taps, mix = torch.randn(C1, 3, 3, generator=generator), torch.randn(C2, C1, generator=generator)
    conv.weight.data = mix[..., None, None] * taps
    conv.bias.data.zero_()
    d = singular_kernels(conv)
    assert d.shape == (4 * C1, 9)
    x = images()[0]
    hidden = torch.einsum("nkp,kp->nk", all_rows(x).view(-1, 4 * C1, 9), d)
    solution = torch.linalg.lstsq(hidden, conv(x)[0].flatten(1).T).solution
    assert torch.allclose(hidden @ solution, conv(x)[0].flatten(1).T, atol=1e-4)


def test_slice_upsamp_finds_what_a_pixel_can_tell() -> None:
    generator = torch.Generator().manual_seed(0)
    few = [F.avg_pool2d(torch.randn(1, 16, 24, 24, generator=generator), 5, 1, 2) for _ in range(8)]

    def up(x: Tensor) -> tuple[Tensor, Tensor]:
        return depth_to_space(x), F.interpolate(x, scale_factor=2.0)

    block = SliceUpsamp(16, 16, act="Identity").eval().requires_grad_(False)
    fit_slice_upsamp(block, sample_moments(few, up), 4)
    found = explained((up(x)[1], block(x)) for x in few)
    assert 0.2 < found < 0.3  # of independent channels, each pixel can tell a quarter


def test_explained_by_hand() -> None:
    def maps() -> Iterator[tuple[Tensor, Tensor]]:
        yield torch.tensor([[[[0.0, 2.0]], [[5.0, 5.0]]]]), torch.tensor([[[[0.0, 1.0]], [[5.0, 6.0]]]])
        yield torch.tensor([[[[4.0]], [[5.0]]]]), torch.tensor([[[[4.0]], [[5.0]]]])

    assert explained(maps()) == pytest.approx(1 - 2 / 8)
    flat = torch.ones(1, 2, 3, 3)
    assert explained([(flat, flat)]) == 1
    assert explained([(flat, 2 * flat)]) == 0
