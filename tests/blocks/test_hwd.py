"""HWD: a rotation of each cell, so that nothing is lost, and a strided convolution in disguise."""

import pytest
import torch
import torch.nn.functional as F

from yolo_slice.blocks import HWD
from yolo_slice.blocks.hwd import haar_kernel, slice_kernel
from yolo_slice.blocks.spd_embedding import embed_strided_kernel


def bands(x: torch.Tensor) -> torch.Tensor:
    haar = HWD(x.shape[1], 4).haar.to(x.dtype)
    return F.conv2d(x, haar, stride=2, groups=x.shape[1])


def test_bands_by_hand() -> None:
    x = torch.tensor([[1.0, 2.0], [4.0, 9.0]]).view(1, 1, 2, 2)
    assert bands(x).flatten().tolist() == [8.0, -3.0, -5.0, 2.0]


def test_the_image_comes_back_from_its_bands() -> None:
    x = torch.randn(2, 3, 6, 8).double()
    back = F.conv_transpose2d(bands(x), HWD(3, 4).haar.double(), stride=2, groups=3)
    torch.testing.assert_close(back, x, atol=1e-14, rtol=0)


@pytest.mark.parametrize(("k", "strided", "padding"), [(1, 2, 0), (3, 6, 2), (3, 3, 1), (3, 5, 2)])
def test_it_is_a_strided_convolution(k: int, strided: int, padding: int) -> None:
    """k=1 is all of a 2x2 one, k=3 all of a 6x6 one, and holds the smaller ones."""
    weight = torch.randn(5, 3, strided, strided).double()
    block, x = HWD(3, 5, k).double().eval(), torch.randn(2, 3, 8, 12).double()
    block.conv.conv.weight.data = haar_kernel(embed_strided_kernel(weight, k, padding)[0])
    wanted = block.conv.act(block.conv.bn(F.conv2d(x, weight, stride=2, padding=padding)))
    torch.testing.assert_close(block(x), wanted, atol=1e-12, rtol=0)


def test_every_kernel_is_one_of_a_strided_convolution_and_as_long() -> None:
    """The way back is the same rotation: so a weight decay and a step of SGD are the same, too."""
    kernel = torch.randn(5, 12, 1, 1).double()
    assert torch.linalg.norm(haar_kernel(kernel)) == pytest.approx(torch.linalg.norm(kernel))
    torch.testing.assert_close(slice_kernel(haar_kernel(kernel)), kernel, atol=1e-14, rtol=0)
    gram = haar_kernel(torch.eye(12).double().view(12, 12, 1, 1)).flatten(1)
    torch.testing.assert_close(gram @ gram.T, torch.eye(12).double(), atol=1e-14, rtol=0)


def test_odd_sizes_are_padded_with_zeros() -> None:
    block, x = HWD(3, 5).eval(), torch.randn(1, 3, 7, 9)
    torch.testing.assert_close(block(x), block(F.pad(x, (0, 1, 0, 1))))
