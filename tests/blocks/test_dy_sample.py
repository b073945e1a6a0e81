"""DySample: what it samples where, and that its coordinates are not rounded."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from yolo_slice.blocks import DySample
from yolo_slice.blocks.dy_sample import sample


def still(c: int, groups: int = 4) -> DySample:
    """A block whose offsets are zero."""
    block = DySample(c, c, groups).eval()
    nn.init.zeros_(block.offset.weight)
    return block


@pytest.mark.parametrize("size", [(6, 10), (7, 9), (1, 1)])
def test_without_offsets_it_is_bilinear_upsampling(size: tuple[int, int]) -> None:
    x = torch.randn(2, 8, *size).double()
    wanted = F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)
    torch.testing.assert_close(still(8).double()(x), wanted, atol=1e-13, rtol=0)


def test_a_group_moves_alone_and_in_the_direction_that_its_bias_says() -> None:
    """Channels of the offsets: x or y, group, py, px; an offset of 4 is one pixel."""
    block, x = still(8, groups=2), torch.randn(1, 8, 5, 7)
    block.start_as_nearest()
    with torch.no_grad():
        block.offset.bias.view(2, 2, 4)[0, 1] += 4.0  # x of the second group
        block.offset.bias.view(2, 2, 4)[1, 0] += 8.0  # y of the first one
    y, near = block(x), F.interpolate(x, scale_factor=2)
    torch.testing.assert_close(y[:, 4:, :, :-2], near[:, 4:, :, 2:])
    torch.testing.assert_close(y[:, :4, :-4], near[:, :4, 4:])
    torch.testing.assert_close(y[:, 4:, :, -2:], near[:, 4:, :, -2:])  # the border is replicated


def test_the_four_pixels_of_a_cell_have_offsets_of_their_own() -> None:
    block, x = still(4, groups=1), torch.randn(1, 4, 3, 3)
    block.start_as_nearest()
    with torch.no_grad():
        block.offset.bias.view(2, 4)[0, 1] += 4.0  # x of py=0, px=1
    y, near = block(x), F.interpolate(x, scale_factor=2)
    torch.testing.assert_close(y[..., 1::2, :], near[..., 1::2, :])
    torch.testing.assert_close(y[..., 0, 1], x[..., 0, 1])
    torch.testing.assert_close(y[..., 0, 0], x[..., 0, 0])


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_coordinates_are_not_rounded_to_half_precision(dtype: torch.dtype) -> None:
    """A ramp of 160 columns, sampled at its own pixels: rounded coordinates miss them by up to a pixel in bfloat16."""
    ramp = (torch.arange(160.0) / 160).expand(1, 4, 2, 160).to(dtype)
    block = still(4).to(dtype)
    block.start_as_nearest()
    torch.testing.assert_close(block(ramp), F.interpolate(ramp, scale_factor=2), atol=1e-6, rtol=0)
    columns = (2 * (torch.arange(160.0).to(dtype) + 0.5) / 160 - 1).float()  # as the authors' code computes them
    missed = ((columns + 1) * 80 - 0.5 - torch.arange(160.0)).abs().max()
    assert missed > (0.5 if dtype == torch.bfloat16 else 0.02)


def test_under_autocast_it_samples_as_without() -> None:
    x, block = torch.randn(1, 8, 4, 160), DySample(8, 8).eval()
    with torch.autocast("cpu", torch.bfloat16):
        mixed = block(x)
    torch.testing.assert_close(mixed.float(), block(x), atol=0.05, rtol=0)


def test_sampling_by_hand() -> None:
    x = torch.tensor([[0.0, 1.0, 2.0], [10.0, 11.0, 12.0]]).view(1, 1, 2, 3)
    shift = torch.zeros(1, 2, 4, 6)
    shift[0, 0, 0, 0], shift[0, 1, 0, 0] = 0.5, 0.25  # half a pixel right, a quarter down, of pixel (0, 0)
    shift[0, 0, 3, 5] = 7.0  # far beyond the border
    y = sample(x, shift, 1)
    assert y[0, 0, 0, 0].item() == pytest.approx(0.5 + 2.5)
    assert y[0, 0, 3, 5].item() == pytest.approx(12.0)
    assert y[0, 0, 2, 2].item() == pytest.approx(11.0)


def test_groups_must_divide_the_channels() -> None:
    with pytest.raises(ValueError, match="c1 and c2 must be multiples of groups=4, not 6 and 8"):
        DySample(6, 8)
