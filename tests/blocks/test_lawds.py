"""LAWDS: cells compete among themselves, unlike in the code that is passed around."""

import einops
import torch

from yolo_slice.blocks import LAWDS
from yolo_slice.blocks.lawds import weigh_cells
from yolo_slice.blocks.space_to_depth import space_to_depth


def test_equal_logits_average_the_four_convolutions() -> None:
    block, x = LAWDS(8, 8).eval(), torch.randn(2, 8, 6, 10)
    conv = block.logit[1]
    torch.nn.init.zeros_(conv.conv.weight)
    torch.nn.init.zeros_(conv.bn.bias)
    torch.testing.assert_close(block(x), block.value(x).view(2, 4, 8, 3, 5).mean(1))


def test_cells_by_brute_force() -> None:
    values, logits = torch.randn(1, 4, 2, 3).double(), torch.randn(1, 1, 4, 6).double()
    y = weigh_cells(values, space_to_depth(logits))
    for r in range(2):
        for c in range(3):
            cell = logits[0, 0, 2 * r : 2 * r + 2, 2 * c : 2 * c + 2].T.flatten()  # g = py + 2*px
            torch.testing.assert_close(y[0, 0, r, c], cell.softmax(0) @ values[0, :, r, c])


def seen_by_the_first_output(cells: torch.Tensor, logits: torch.Tensor) -> set[tuple[int, int]]:
    """Which pixels' logits the weights of output (0, 0) depend on."""
    (gradient,) = torch.autograd.grad(weigh_cells(torch.arange(4.0).view(1, 4, 1, 1), cells)[0, 0, 0, 0], logits)
    return {(int(y), int(x)) for y, x in gradient[0, 0].nonzero()}


def test_the_four_pixels_of_a_cell_compete_and_not_the_quadrants_of_the_image() -> None:
    logits = torch.randn(1, 1, 6, 8).requires_grad_()
    assert seen_by_the_first_output(space_to_depth(logits), logits) == {(0, 0), (0, 1), (1, 0), (1, 1)}
    copied = einops.rearrange(logits, "b c (s1 h) (s2 w) -> b (s1 s2 c) h w", s1=2, s2=2)
    assert seen_by_the_first_output(copied, logits) == {(0, 0), (0, 4), (3, 0), (3, 4)}


def test_half_precision_weighs_in_float32() -> None:
    values, logits = torch.randn(2, 1, 64, 8, 8, generator=torch.Generator().manual_seed(0)).bfloat16()
    y = weigh_cells(values, 4 * logits)
    assert y.dtype == torch.bfloat16
    assert torch.equal(y, weigh_cells(values.float(), 4 * logits.float()).bfloat16())
    narrow = ((4 * logits).unflatten(1, (4, -1)).softmax(1) * values.unflatten(1, (4, -1))).sum(1)
    assert not torch.equal(y, narrow)  # what the softmax in half precision gives


def test_groups_divide_the_channels() -> None:
    assert [LAWDS(c, c).value.conv.groups for c in (8, 16, 64, 24, 40, 56)] == [1, 1, 4, 1, 2, 1]
