"""LiftDown and LiftUp: lifting can be undone, whatever predicts and updates."""

import pytest
import torch
from torch import nn

from yolo_slice.blocks import LiftDown
from yolo_slice.blocks.lift_pool import Bands, Lifting


def silent(module: nn.Module) -> nn.Module:
    """Predict and update nothing."""
    for m in module.modules():
        if isinstance(m, nn.Conv2d) and m.kernel_size == (1, 1) and m.groups > 1:
            nn.init.zeros_(m.weight)
            nn.init.zeros_(m.bias)
    return module


def test_the_map_comes_back_from_its_bands() -> None:
    bands, x = Bands(3).double(), torch.randn(2, 3, 6, 10).double()
    torch.testing.assert_close(bands.join(*bands.split(x)), x, atol=1e-14, rtol=0)


def test_without_predictions_the_bands_are_the_slices() -> None:
    x = torch.randn(2, 3, 6, 10)
    ll, lh, hl, hh = silent(Bands(3)).split(x)
    for band, (py, px) in ((ll, (0, 0)), (lh, (1, 0)), (hl, (0, 1)), (hh, (1, 1))):
        assert torch.equal(band, x[..., py::2, px::2])


def test_without_predictions_it_is_the_sum_of_each_cell() -> None:
    block, x = silent(LiftDown(3, 5)).eval(), torch.randn(2, 3, 7, 10)
    cells = nn.functional.avg_pool2d(nn.functional.pad(x, (0, 0, 0, 1)), 2) * 4
    torch.testing.assert_close(block(x), block.conv(cells))


@pytest.mark.parametrize("dim", [2, 3])
def test_details_are_what_the_prediction_leaves_and_update_the_rest(dim: int) -> None:
    lifting, x = Lifting(3, dim), torch.randn(2, 3, 6, 10)
    even, odd = (x.movedim(dim, 0)[i::2].movedim(0, dim) for i in (0, 1))
    coarse, detail = lifting.split(x)
    torch.testing.assert_close(detail, odd - lifting.predict(even))
    torch.testing.assert_close(coarse, even + lifting.update(detail))
    reach = [m.kernel_size for m in lifting.modules() if isinstance(m, nn.Conv2d) and m.kernel_size != (1, 1)]
    assert reach == [(5, 1) if dim == 2 else (1, 5)] * 2
