"""SliceUpsamp against its definition: fill zeros slice by slice, then depthwise and pointwise."""

import pytest
import torch

from yolo_slice.blocks import SliceUpsamp


def test_slices_are_filled_as_in_the_paper() -> None:
    block = SliceUpsamp(16, 24).eval()
    x = torch.randn(2, 16, 3, 5)
    z = torch.zeros(2, 4, 6, 10)
    z[..., 0::2, 0::2], z[..., 1::2, 0::2] = x[:, :4], x[:, 4:8]
    z[..., 0::2, 1::2], z[..., 1::2, 1::2] = x[:, 8:12], x[:, 12:]
    assert torch.equal(block(x), block.pointwise(block.depthwise(z)))


def test_number_of_parameters_is_the_formulas() -> None:
    for c1, c2 in ((16, 16), (64, 128)):
        q = c1 // 4
        assert sum(p.numel() for p in SliceUpsamp(c1, c2).parameters()) == 11 * q + q * c2 + 2 * c2


def test_channels_that_do_not_fill_cells_are_refused() -> None:
    with pytest.raises(ValueError, match="c1 must be a multiple of 4, to fill 2 x 2 pixels from channels, not 6"):
        SliceUpsamp(6, 8)
