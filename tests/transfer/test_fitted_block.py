"""A block in numbers computes what the block in layers computes, before and after gradient steps."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from yolo_slice.blocks.slice_samp import SliceSamp
from yolo_slice.blocks.space_to_depth import space_to_depth
from yolo_slice.transfer.depthwise_als import fit_pair
from yolo_slice.transfer.fitted_block import Parts, linear_start, refit_pointwise, write_parts
from yolo_slice.transfer.local_distillation import refine
from yolo_slice.transfer.sampled_rows import explained, take_sample

C1, C2, EPS = 3, 5, 1e-3


def images() -> list[Tensor]:
    generator = torch.Generator().manual_seed(0)
    return [F.avg_pool2d(torch.randn(1, C1, 44, 52, generator=generator), 3, 1, 1) + 0.3 for _ in range(10)]


def pair(x: Tensor) -> tuple[Tensor, Tensor]:
    """A strided convolution as the target."""
    generator = torch.Generator().manual_seed(1)
    weight = torch.randn(C2, C1, 3, 3, generator=generator)
    return space_to_depth(x), F.conv2d(x, weight, torch.arange(C2) / 5, stride=2, padding=1)


def fitted() -> tuple[Parts, Tensor, Tensor]:
    sample = take_sample(images(), pair)
    start = torch.randn(4 * C1, 9, generator=torch.Generator().manual_seed(2))
    *_, (d, p, _) = fit_pair(sample.moments, start, 6)
    parts = linear_start(d, p, sample.moments)
    refit_pointwise(parts, sample.a, sample.z, EPS)
    return parts, sample.a, sample.z


def block_of(parts: Parts, a: Tensor, act: str) -> SliceSamp:
    block = SliceSamp(C1, C2, act=act).eval()
    for module in block.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.eps = EPS
    write_parts(parts, block, a)
    return block


def all_rows(x: Tensor) -> Tensor:
    return F.unfold(space_to_depth(x), 3, padding=1)[0].T


def test_rows_are_neighbourhoods_and_targets_of_the_same_place() -> None:
    sample = take_sample(images(), pair)
    everything = torch.cat([all_rows(x) for x in images()])
    targets = torch.cat([pair(x)[1][0].flatten(1).T for x in images()])
    for a, z in ((sample.a, sample.z), (sample.held_a, sample.held_z)):
        for index in (0, len(a) // 2, len(a) - 1):
            place = (everything - a[index]).abs().sum(1).argmin()
            assert torch.equal(everything[place], a[index])
            assert torch.equal(targets[place], z[index])
    held = {tuple(row.tolist()) for row in sample.held_a}
    assert not held & {tuple(row.tolist()) for row in sample.a}
    assert sample.moments.mean_z.allclose(sample.z.double().mean(0), atol=1e-5)  # few rows an image: all are kept


def test_the_block_computes_what_the_numbers_say() -> None:
    parts, a, _ = fitted()
    block = block_of(parts, a, "SiLU")
    with torch.no_grad():
        for x in images()[:2]:
            wanted = F.silu(parts.preactivation(all_rows(x), EPS)).float().T.view(1, C2, 22, 26)
            assert torch.allclose(block(x), wanted, atol=1e-4)


def test_running_statistics_are_those_of_the_calibration_so_that_training_begins_where_the_fit_ends() -> None:
    parts, a, z = fitted()
    refine(parts, a, F.silu(z), nn.SiLU(), 5, EPS)
    block = block_of(parts, a, "SiLU")
    x = torch.cat(images())
    with torch.no_grad():
        settled, training = block(x), block.train()(x)
    assert (settled - training).square().mean() < 0.01 * settled.var()


def test_the_fit_is_good_and_the_shift_keeps_it_good_behind_gelu() -> None:
    parts, a, z = fitted()
    assert explained(z, parts.preactivation(a, EPS)) > 0.75
    hidden = parts.hidden(a, EPS)
    assert (hidden > 0).double().mean() > 0.999


def test_gradient_steps_improve_the_output_and_none_change_nothing() -> None:
    parts, a, z = fitted()
    goal = F.silu(z)
    before = explained(goal, F.silu(parts.preactivation(a, EPS)))
    kept = parts.p.clone()
    refine(parts, a, goal, nn.SiLU(), 0, EPS)
    assert torch.equal(parts.p, kept)
    refine(parts, a, goal, nn.SiLU(), 60, EPS)
    after = explained(goal, F.silu(parts.preactivation(a, EPS)))
    assert after > before
    x = torch.einsum("nkp,kp->nk", a.view(-1, 4 * C1, 9), parts.d)
    assert torch.allclose(x.mean(0), parts.mean, atol=1e-4)
    assert torch.allclose(x.var(0, unbiased=False), parts.var, rtol=1e-3)
