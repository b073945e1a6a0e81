"""SliceSamp against its equation, written out, and in places other than a YOLO."""

import torch
import torch.nn.functional as F
import torchvision
from torch import nn

from yolo_slice.blocks import SliceSamp
from yolo_slice.blocks.space_to_depth import space_to_depth


def equation(block: SliceSamp, x: torch.Tensor) -> torch.Tensor:
    """SliceSamp, Alg. 1, slice by slice with the block's own weights; BatchNorms in eval mode."""
    c = x.shape[1]
    depthwise, pointwise = block.depthwise, block.pointwise
    y = 0
    for g, (py, px) in enumerate([(0, 0), (1, 0), (0, 1), (1, 1)]):
        part = slice(g * c, (g + 1) * c)
        z = F.conv2d(x[..., py::2, px::2], depthwise.conv.weight[part], padding=1, groups=c)
        bn = depthwise.bn
        z = F.batch_norm(z, bn.running_mean[part], bn.running_var[part], bn.weight[part], bn.bias[part], eps=bn.eps)
        y = y + F.conv2d(0.5 * z * (1 + torch.erf(z / 2**0.5)), pointwise.conv.weight[:, part])
    bn = pointwise.bn
    y = F.batch_norm(y, bn.running_mean, bn.running_var, bn.weight, bn.bias, eps=bn.eps)
    return 0.5 * y * (1 + torch.erf(y / 2**0.5))


def test_forward_and_gradient_equal_the_equation() -> None:
    torch.manual_seed(0)
    block = SliceSamp(6, 10).double().train()
    block(torch.randn(8, 6, 16, 16).double())  # running statistics other than 0 and 1
    block.eval()
    x = torch.randn(2, 6, 8, 12).double().requires_grad_()
    torch.testing.assert_close(block(x), equation(block, x), atol=1e-12, rtol=0)
    weight = torch.randn(2, 10, 4, 6).double()
    ours = torch.autograd.grad((block(x) * weight).sum(), [x, *block.parameters()])
    theirs = torch.autograd.grad((equation(block, x) * weight).sum(), [x, *block.parameters()])
    for a, b in zip(ours, theirs, strict=True):
        torch.testing.assert_close(a, b, atol=1e-11, rtol=0)


def test_first_half_is_a_grouped_6x6_convolution_with_9_of_36_taps() -> None:
    block = SliceSamp(3, 4).double()
    grouped = nn.Conv2d(3, 12, 6, 2, 2, groups=3, bias=False).double()
    with torch.no_grad():
        grouped.weight.zero_()
        for g in range(4):
            px, py = divmod(g, 2)
            for q in range(3):
                grouped.weight[4 * q + g, 0, py::2, px::2] = block.depthwise.conv.weight[g * 3 + q, 0]
    x = torch.randn(2, 3, 12, 8).double()
    order = [4 * q + g for g in range(4) for q in range(3)]
    ours = block.depthwise.conv(space_to_depth(x))
    torch.testing.assert_close(ours, grouped(x)[:, order], atol=1e-12, rtol=0)


def test_number_of_parameters_is_the_formulas() -> None:
    for c1, c2 in ((3, 16), (64, 128)):
        assert sum(p.numel() for p in SliceSamp(c1, c2).parameters()) == 44 * c1 + 4 * c1 * c2 + 2 * c2


def test_replaces_the_max_pool_of_a_resnet() -> None:
    model = torchvision.models.resnet18(weights=None).eval()
    model.maxpool = SliceSamp(64, 64)
    assert model(torch.zeros(1, 3, 75, 65)).shape == (1, 1000)
    assert sum(p.numel() for p in model.parameters() if isinstance(p, nn.Parameter)) == 11_708_840
