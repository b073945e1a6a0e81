"""BlurDown and BlurConv: what a low-pass does to a constant, to the highest frequency, and to shifts."""

import pytest
import torch
import torch.nn.functional as F

from yolo_slice.blocks import BlurConv, BlurDown
from yolo_slice.blocks.blur_pool import Blur

KERNELS = [2, 3, 4, 5, 6]


@pytest.mark.parametrize("k", KERNELS)
@pytest.mark.parametrize("size", [(8, 6), (7, 9), (1, 1)])
def test_a_constant_stays_up_to_the_border(k: int, size: tuple[int, int]) -> None:
    torch.testing.assert_close(Blur(2, k)(torch.full((1, 2, *size), 3.0)), torch.full((1, 2, *ceil(size)), 3.0))


def ceil(size: tuple[int, int]) -> tuple[int, int]:
    return -(-size[0] // 2), -(-size[1] // 2)


@pytest.mark.parametrize("k", KERNELS)
def test_a_checkerboard_is_gone(k: int) -> None:
    x = (torch.arange(16).view(-1, 1) + torch.arange(16)).remainder(2).mul(2.0).sub(1).view(1, 1, 16, 16)
    inside = Blur(1, k)(x)[..., 3:-3, 3:-3]
    assert inside.abs().max() < 1e-6
    assert Blur(1, k)(x.abs()).min() > 0.99


def test_two_taps_are_average_pooling() -> None:
    x = torch.randn(2, 3, 8, 6)
    torch.testing.assert_close(Blur(3, 2)(x), F.avg_pool2d(x, 2))


@pytest.mark.parametrize(("k", "row"), [(3, [1, 2, 1]), (4, [1, 3, 3, 1]), (5, [1, 4, 6, 4, 1])])
def test_windows_by_brute_force(k: int, row: list[float]) -> None:
    x = torch.randn(7, 9).double()
    y = Blur(1, k).double()(x.view(1, 1, 7, 9))[0, 0]
    for r in range(4):
        for c in range(5):
            total = 0.0
            for i, a in enumerate(row):
                for j, b in enumerate(row):
                    p, q = 2 * r + i - (k - 1) // 2, 2 * c + j - (k - 1) // 2
                    total += a * b * x[min(max(p, 0), 6), min(max(q, 0), 8)]
            assert float(y[r, c]) == pytest.approx(float(total) / sum(row) ** 2, abs=1e-12)


def test_wider_blurs_mind_shifts_less() -> None:
    """Shifted by a pixel, noise gives another map; the more is blurred, the less another."""
    x = torch.randn(1, 1, 64, 64, generator=torch.Generator().manual_seed(0))

    def change(k: int) -> float:
        a, b = (Blur(1, k)(y)[..., 4:-4, 4:-4] for y in (x, x.roll(1, -1)))
        return float((a - b).norm() / a.norm())

    dropped = x[..., ::2, ::2], x.roll(1, -1)[..., ::2, ::2]
    nothing = float((dropped[0] - dropped[1]).norm() / dropped[0].norm())
    changes = [nothing, *map(change, (2, 4, 6))]
    assert changes == sorted(changes, reverse=True)
    assert changes[0] > 1.3
    assert changes[-1] < 0.7


def test_blocks_are_blur_and_convolution_in_either_order() -> None:
    x = torch.randn(2, 3, 8, 6)
    down, conv = BlurDown(3, 5, 2).eval(), BlurConv(3, 5, 2).eval()
    torch.testing.assert_close(down(x), down.conv(F.avg_pool2d(x, 2)))
    torch.testing.assert_close(conv(x), F.avg_pool2d(conv.conv(x), 2))
    assert conv.conv.conv.kernel_size == (3, 3)
    assert down.conv.conv.kernel_size == (1, 1)


@pytest.mark.parametrize("block", [BlurDown, BlurConv])
def test_one_tap_is_refused(block: type) -> None:
    with pytest.raises(ValueError, match="k must be at least 2, because one of 1 blurs nothing"):
        block(3, 5, 1)
