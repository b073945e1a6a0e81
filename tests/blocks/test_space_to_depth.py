"""The rearrangements against independent sources: index arithmetic, einops, pixel_unshuffle, strided convolutions."""

import einops
import pytest
import torch
import torch.nn.functional as F

from yolo_slice.blocks.space_to_depth import depth_to_space, space_to_depth


@pytest.mark.parametrize("s", [2, 3, 4])
def test_every_element_is_where_the_formula_says(s: int) -> None:
    x = torch.arange(2 * 3 * 2 * s * 3 * s).view(2, 3, 2 * s, 3 * s)
    y = space_to_depth(x, s)
    for k in range(s * s * 3):
        g, q = divmod(k, 3)
        px, py = divmod(g, s)
        assert torch.equal(y[:, k], x[:, q, py::s, px::s])


@pytest.mark.parametrize("s", [2, 3])
def test_agrees_with_einops(s: int) -> None:
    x = torch.randn(2, 5, 4 * s, 2 * s)
    assert torch.equal(space_to_depth(x, s), einops.rearrange(x, "b c (h py) (w px) -> b (px py c) h w", py=s, px=s))


def test_agrees_with_pixel_unshuffle_after_reordering() -> None:
    x = torch.randn(2, 5, 6, 8)
    order = [4 * q + 2 * (g % 2) + g // 2 for g in range(4) for q in range(5)]
    assert torch.equal(space_to_depth(x), F.pixel_unshuffle(x, 2)[:, order])


@pytest.mark.parametrize("size", [(5, 8), (6, 7), (1, 1), (7, 9)])
def test_odd_sizes_are_padded_right_and_bottom(size: tuple[int, int]) -> None:
    x = torch.randn(1, 2, *size)
    padded = torch.zeros(1, 2, size[0] + size[0] % 2, size[1] + size[1] % 2)
    padded[..., : size[0], : size[1]] = x
    assert torch.equal(space_to_depth(x), space_to_depth(padded))


def test_memory_layout_is_kept() -> None:
    x = torch.randn(2, 8, 6, 8).contiguous(memory_format=torch.channels_last)
    assert space_to_depth(x).is_contiguous(memory_format=torch.channels_last)


def test_depth_to_space_is_the_inverse_in_values_and_gradients() -> None:
    x = torch.randn(2, 8, 3, 5, requires_grad=True)
    assert torch.equal(space_to_depth(depth_to_space(x)), x)
    weight = torch.randn(2, 2, 6, 10)
    (depth_to_space(x) * weight).sum().backward()
    assert torch.equal(x.grad, space_to_depth(weight))


@pytest.mark.filterwarnings("ignore:.torch.jit:FutureWarning")
def test_traced_form_equals_eager_form() -> None:
    x = torch.randn(2, 8, 3, 5)
    assert torch.equal(torch.jit.trace(depth_to_space, torch.zeros_like(x))(x), depth_to_space(x))
