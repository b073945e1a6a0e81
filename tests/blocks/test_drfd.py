"""DRFD: its three branches, and its late BatchNorms folded into the convolution after them."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn
from ultralytics.nn import tasks

from yolo_slice.blocks import DRFD


def lively(block: nn.Module) -> nn.Module:
    for m in block.modules():
        if isinstance(m, nn.BatchNorm2d):
            for tensor in (m.weight.data, m.running_var):
                tensor.uniform_(0.5, 1.5)
            for tensor in (m.bias.data, m.running_mean):
                tensor.normal_()
    return block.eval()


@pytest.mark.parametrize(("c1", "c2", "groups"), [(4, 8, 4), (4, 6, 2), (8, 4, 4)])
def test_three_branches_as_the_paper_draws_them(c1: int, c2: int, groups: int) -> None:
    block, x = lively(DRFD(c1, c2)).double(), torch.randn(2, c1, 8, 6).double()
    slices = torch.cat([x[..., py::2, px::2] for px in (0, 1) for py in (0, 1)], 1)
    cut = block.cut.bn(F.conv2d(slices, block.cut.conv.weight))
    wide = F.conv2d(x, block.widen.weight, block.widen.bias, padding=1, groups=groups)
    conv = block.strided[0]
    strided = block.mix.strided_bn(F.gelu(F.conv2d(wide, conv.weight, conv.bias, 2, 1, groups=c2)))
    pooled = block.mix.pooled_bn(F.max_pool2d(wide, 2))
    wanted = F.conv2d(torch.cat([cut, strided, pooled], 1), block.mix.conv.weight, block.mix.conv.bias)
    torch.testing.assert_close(block(x), wanted, atol=1e-12, rtol=0)


def test_the_cut_is_a_2x2_strided_convolution() -> None:
    block, x = DRFD(3, 6).double().eval(), torch.randn(2, 3, 8, 6).double()
    weight = block.cut.conv.weight.view(6, 2, 2, 3).permute(0, 3, 2, 1)  # c2, px, py, c1 -> c2, c1, py, px
    nn.init.zeros_(block.mix.conv.weight[:, 6:])
    cut = block.cut.bn(F.conv2d(x, weight, stride=2))
    torch.testing.assert_close(block(x), F.conv2d(cut, block.mix.conv.weight[:, :6], block.mix.conv.bias))


def test_fusing_a_model_folds_every_batch_norm() -> None:
    rows = [[-1, 1, "Conv", [8, 3, 2]], [-1, 1, "DRFD", [16]], [-1, 1, "DRFD", [16]], [-1, 1, "Classify", ["nc"]]]
    net = lively(tasks.ClassificationModel({"nc": 3, "backbone": rows, "head": []}, verbose=False))
    x = torch.rand(2, 3, 32, 40)
    before = net(x)[-1]
    fused = net.fuse(verbose=False)
    assert not any(isinstance(m, nn.BatchNorm2d) for m in fused.modules())
    torch.testing.assert_close(fused(x)[-1], before, atol=1e-5, rtol=1e-4)
