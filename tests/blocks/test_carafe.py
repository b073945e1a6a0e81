"""CARAFE: against the form that unfolds, and what its softmax does at the start."""

import pytest
import torch
import torch.nn.functional as F

from yolo_slice.blocks import CARAFE
from yolo_slice.blocks.carafe import reassemble


@pytest.mark.parametrize("k", [1, 3, 5])
def test_it_is_the_sum_over_unfolded_neighbours(k: int) -> None:
    x, logits = torch.randn(2, 3, 4, 6).double(), torch.randn(2, 4 * k * k, 4, 6).double()
    weights = F.pixel_shuffle(logits, 2).softmax(1)  # (B, k*k, 2H, 2W), as the paper writes it
    neighbours = F.unfold(x, k, padding=k // 2).view(2, 3, k * k, 4, 6)
    near = neighbours.repeat_interleave(2, 3).repeat_interleave(2, 4)
    torch.testing.assert_close(reassemble(x, logits, k), (near * weights.unsqueeze(1)).sum(2), atol=1e-14, rtol=0)


def test_the_papers_start_is_a_box_blur_with_a_border_of_zeros() -> None:
    block = CARAFE(4, 4).eval()
    torch.nn.init.zeros_(block.encode.weight)
    y = block(torch.ones(1, 4, 8, 8))
    torch.testing.assert_close(y[0, 0, 0, 0], torch.tensor(9 / 25))
    torch.testing.assert_close(y[..., 4:-4, 4:-4], torch.ones(1, 4, 8, 8))


def test_weights_sum_to_one_in_half_precision() -> None:
    x, logits = torch.ones(1, 1, 3, 3), 30 * torch.randn(1, 36, 3, 3)
    for dtype in (torch.float16, torch.bfloat16):
        y = reassemble(x.to(dtype), logits.to(dtype), 3)
        assert y.dtype == dtype
        torch.testing.assert_close(y[0, 0, 2:4, 2:4].float(), torch.ones(2, 2), atol=0.02, rtol=0)


def test_the_softmax_of_half_precision_logits_is_computed_in_float32() -> None:
    """As under autocast, where the encoder gives half precision, and the map may still be float32."""
    logits = torch.randn(1, 100, 9, 9).half()
    y = reassemble(torch.ones(1, 1, 9, 9), logits, 5)
    torch.testing.assert_close(y[..., 4:-4, 4:-4], torch.ones(1, 1, 10, 10), atol=1e-6, rtol=0)


def test_parameters_as_in_the_paper() -> None:
    assert sum(p.numel() for p in CARAFE(128, 128).parameters()) == 64 * 128 + 57_764


def test_started_as_nearest_its_gradients_are_small_but_not_zero() -> None:
    block = CARAFE(8, 8)
    block.start_as_nearest()
    block(torch.randn(2, 8, 6, 6)).square().sum().backward()
    assert 0 < block.encode.weight.grad.abs().max() < 1e-3
    assert block.encode.bias.grad.abs().max() > 0
