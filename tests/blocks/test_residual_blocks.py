"""ResNet's block and SPD-ResNet's, against torchvision's and a transcription of the paper's."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torchvision.models.resnet import BasicBlock as TheirBasicBlock

from yolo_slice.blocks import BasicBlock, SPDBasicBlock, SPDBottleneck
from yolo_slice.testing.laws import evaluated


def sliced(x: Tensor) -> Tensor:
    """The four phases of an even map, in the order of the paper's code, group after group."""
    return torch.cat((x[..., ::2, ::2], x[..., 1::2, ::2], x[..., ::2, 1::2], x[..., 1::2, 1::2]), 1)


def normalised(bn: nn.BatchNorm2d, x: Tensor) -> Tensor:
    return F.batch_norm(x, bn.running_mean, bn.running_var, bn.weight, bn.bias, eps=bn.eps)


@torch.no_grad()
def test_basic_block_is_torchvisions() -> None:
    for c2, s in ((8, 1), (12, 1), (12, 2)):
        ours = evaluated(lambda c1, c2, s=s: BasicBlock(c1, c2, s), c2)
        downsample = (
            None if isinstance(ours.shortcut, nn.Identity) else nn.Sequential(*list(ours.shortcut.children())[:2])
        )
        theirs = TheirBasicBlock(8, c2, s, downsample).eval()
        theirs.conv1, theirs.bn1, theirs.conv2, theirs.bn2 = ours.cv1.conv, ours.cv1.bn, ours.cv2.conv, ours.cv2.bn
        x = torch.randn(2, 8, 7, 10)
        torch.testing.assert_close(ours(x), theirs(x))


@torch.no_grad()
def test_spd_blocks_slice_between_convolutions_and_stride_only_in_the_shortcut() -> None:
    x = torch.randn(2, 8, 6, 10)
    block = evaluated(SPDBasicBlock)
    y = sliced(F.conv2d(x, block.cv1.weight, padding=1))
    y = normalised(block.cv2.bn, F.conv2d(normalised(block.bn, y).relu(), block.cv2.conv.weight, padding=1))
    shortcut = normalised(block.shortcut.bn, F.conv2d(x[..., ::2, ::2], block.shortcut.conv.weight))
    torch.testing.assert_close(block(x), (y + shortcut).relu())

    block = evaluated(SPDBottleneck)
    y = normalised(block.cv1.bn, F.conv2d(x, block.cv1.conv.weight)).relu()
    y = normalised(block.bn, sliced(F.conv2d(y, block.cv2.weight, padding=1))).relu()
    y = normalised(block.cv3.bn, F.conv2d(y, block.cv3.conv.weight))
    shortcut = normalised(block.shortcut.bn, F.conv2d(x[..., ::2, ::2], block.shortcut.conv.weight))
    torch.testing.assert_close(block(x), (y + shortcut).relu())
