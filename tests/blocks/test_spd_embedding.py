"""A strided convolution and its form after slicing are one function: against torch's own strided convolution."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn
from ultralytics.nn.modules import Conv

from yolo_slice.blocks import SPDConv
from yolo_slice.blocks.space_to_depth import space_to_depth
from yolo_slice.blocks.spd_embedding import embed_strided_kernel, spd_padding

SIZES = [(16, 12), (15, 12), (16, 13), (15, 13), (9, 9), (8, 8)]


def sliced(x: torch.Tensor, weight: torch.Tensor, **sizes: int | None) -> torch.Tensor:
    kernel, (left, top, right, bottom) = embed_strided_kernel(weight, **sizes)
    return F.conv2d(F.pad(space_to_depth(x), (left, right, top, bottom)), kernel)


@pytest.mark.parametrize("k", [1, 3, 5, 7, 9])
@pytest.mark.parametrize("extra", [None, 0, 1, 2])
def test_odd_kernels_are_exact_at_every_size(k: int, extra: int | None) -> None:
    weight = torch.randn(5, 3, k, k, dtype=torch.float64)
    m = None if extra is None else embed_strided_kernel(weight)[0].shape[-1] + extra
    for size in SIZES:
        x = torch.randn(2, 3, *size, dtype=torch.float64)
        torch.testing.assert_close(sliced(x, weight, m=m), F.conv2d(x, weight, None, 2, k // 2), atol=1e-12, rtol=0)


@pytest.mark.parametrize(
    ("k", "p"), [(2, 0), (2, 1), (4, 1), (4, 2), (6, 2), (6, 3), (8, 4), (3, 0), (5, 1), (3, 2), (7, 0)]
)
def test_even_kernels_and_other_paddings(k: int, p: int) -> None:
    weight = torch.randn(5, 3, k, k, dtype=torch.float64)
    for size in SIZES:
        x = torch.randn(2, 3, *size, dtype=torch.float64)
        strided = F.conv2d(x, weight, None, 2, p)
        ours = sliced(x, weight, p=p)
        grown = tuple(side % 2 if k % 2 == 0 else 0 for side in size)
        assert tuple(a - b for a, b in zip(ours.shape[-2:], strided.shape[-2:], strict=True)) == grown
        h, w = strided.shape[-2:]
        torch.testing.assert_close(ours[..., :h, :w], strided, atol=1e-12, rtol=0)


@pytest.mark.parametrize(("k", "m"), [(1, 1), (2, 2), (3, 2), (5, 3), (6, 4), (7, 4)])
def test_smallest_kernel(k: int, m: int) -> None:
    weight = torch.ones(1, 1, k, k)
    kernel, _ = embed_strided_kernel(weight)
    assert kernel.shape == (1, 4, m, m)
    assert int(kernel.count_nonzero()) == k * k
    with pytest.raises(ValueError, match=f"k={k}, p={k // 2} needs a kernel of at least {m}, not {m - 1}"):
        embed_strided_kernel(weight, m - 1)


@pytest.mark.parametrize("m", [1, 2, 3, 4, 5])
def test_spd_padding_is_what_spd_conv_does(m: int) -> None:
    block = SPDConv(2, 3, m, act=False).double().eval()
    x = torch.randn(1, 2, 9, 12, dtype=torch.float64)
    left, top, right, bottom = spd_padding(m)
    conv = nn.Conv2d(8, 3, m, bias=False).double()
    conv.weight = block.conv.conv.weight
    torch.testing.assert_close(block(x), block.conv.bn(conv(F.pad(space_to_depth(x), (left, right, top, bottom)))))


@pytest.mark.parametrize(("k", "m"), [(3, 2), (3, 3), (5, 3), (5, 5), (7, 4), (1, 1), (1, 3)])
def test_spd_conv_takes_the_kernel_of_the_hosts_conv(k: int, m: int) -> None:
    conv = Conv(3, 6, k, 2).double().eval()
    nn.init.uniform_(conv.bn.running_mean)
    nn.init.uniform_(conv.bn.running_var, 0.5, 2)
    block = SPDConv(3, 6, m).double().eval()
    kernel, padding = embed_strided_kernel(conv.conv.weight, m)
    assert padding == spd_padding(m)
    block.conv.load_state_dict({**conv.state_dict(), "conv.weight": kernel})
    for size in SIZES:
        x = torch.randn(2, 3, *size, dtype=torch.float64)
        torch.testing.assert_close(block(x), conv(x), atol=1e-12, rtol=0)


def test_even_kernels_of_the_host_do_not_fit_spd_conv() -> None:
    for k, m in ((2, 2), (4, 3), (6, 4)):
        assert embed_strided_kernel(torch.zeros(1, 1, k, k), m)[1] != spd_padding(m)


def test_keeps_dtype_and_gradient_and_refuses_oblong_kernels() -> None:
    weight = torch.randn(2, 2, 3, 3, dtype=torch.float16, requires_grad=True)
    kernel, _ = embed_strided_kernel(weight, 3)
    assert kernel.dtype == torch.float16
    kernel.sum().backward()
    assert torch.equal(weight.grad, torch.ones_like(weight))
    with pytest.raises(ValueError, match="must be square, not 1x3"):
        embed_strided_kernel(torch.zeros(1, 1, 1, 3))
