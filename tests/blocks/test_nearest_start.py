"""Every up-sampler with weights for nearest upsampling has the right ones, and goes on learning."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from yolo_slice.blocks import BLOCKS
from yolo_slice.blocks.nearest_start import NearestStart

NAMES = [name for name, entry in BLOCKS.items() if issubclass(entry.cls, NearestStart)]


def test_all_up_samplers_but_slice_upsamp_are_among_them() -> None:
    doubling = {name for name, entry in BLOCKS.items() if entry.scale == 2}
    assert doubling == {*NAMES, "SliceUpsamp"}  # of which each output pixel sees a quarter of the channels


@pytest.mark.parametrize("name", NAMES)
def test_it_is_nearest_upsampling_whatever_the_weights_were(name: str) -> None:
    torch.manual_seed(0)
    block, x = BLOCKS[name].cls(8, 8).eval(), F.silu(3 * torch.randn(2, 8, 7, 5))  # as convolutions give them
    for p in block.parameters():
        p.data += 0.1 * torch.rand_like(p)
    for m in block.modules():
        if isinstance(m, nn.BatchNorm2d):
            m.running_mean.normal_()
    assert (block(x) - F.interpolate(x, scale_factor=2)).abs().max() > 0.01
    block.start_as_nearest()
    torch.testing.assert_close(block(x), F.interpolate(x, scale_factor=2), atol=1e-5, rtol=0)


@pytest.mark.parametrize("name", sorted({*NAMES} - {"CARAFE"}))  # whose softmax is saturated there
def test_it_learns_from_there(name: str) -> None:
    block, x = BLOCKS[name].cls(8, 8).train(), F.silu(torch.randn(2, 8, 6, 6))
    block.start_as_nearest()
    wanted = torch.randn(2, 8, 12, 12)
    optimizer = torch.optim.AdamW(block.parameters(), lr=0.001)
    losses = []
    for _ in range(10):
        optimizer.zero_grad()
        loss = F.mse_loss(block(x), wanted)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < losses[0]


@pytest.mark.parametrize("name", NAMES)
def test_another_number_of_channels_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=f"{name}: nearest upsampling keeps the channels, so c1 must be c2"):
        BLOCKS[name].cls(8, 12).start_as_nearest()


def test_a_block_must_say_how() -> None:
    class Forgetful(NearestStart):
        keeps_channels = True

    with pytest.raises(NotImplementedError):
        Forgetful().start_as_nearest()
    assert isinstance(Forgetful(), nn.Module)
