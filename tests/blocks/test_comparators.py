"""The comparator blocks against stock layers with the same weights, and against the papers' arithmetic."""

import pytest
import torch
import torch.nn.functional as F
import torchvision
from torch import nn

from yolo_slice import blocks
from yolo_slice.blocks import DSConv, MaxPoolConv, PatchMerging, Slicing, SlicingConv3x3, SpaceToDepth, SPDConv
from yolo_slice.blocks.space_to_depth import space_to_depth


def parameters(module: nn.Module) -> int:
    return sum(p.numel() for p in module.parameters())


@pytest.mark.parametrize(("block", "k"), [(Slicing, 2), (SlicingConv3x3, 6)])
def test_slicing_is_one_strided_convolution(block: type[nn.Module], k: int) -> None:
    sliced = block(3, 5, act=False).double().eval()
    strided = nn.Conv2d(3, 5, k, 2, k // 2 - 1, bias=False).double()
    with torch.no_grad():
        for g in range(4):
            px, py = divmod(g, 2)
            strided.weight[:, :, py::2, px::2] = sliced.conv.conv.weight[:, 3 * g : 3 * g + 3]
    x = torch.randn(2, 3, 12, 8).double()
    torch.testing.assert_close(sliced(x), sliced.conv.bn(strided(x)), atol=1e-12, rtol=0)


def test_slicing_conv3x3_is_spd_conv() -> None:
    ours, spd = SlicingConv3x3(5, 7).eval(), SPDConv(5, 7).eval()
    spd.load_state_dict(ours.state_dict())
    x = torch.randn(2, 5, 7, 6)
    assert torch.equal(ours(x), spd(x))


def test_ds_conv_is_depthwise_stride_2_then_pointwise() -> None:
    block, x = DSConv(4, 6).eval(), torch.randn(2, 4, 9, 8)
    y = F.conv2d(x, block.depthwise.conv.weight, stride=2, padding=1, groups=4)
    y = F.gelu(block.depthwise.bn(y))
    torch.testing.assert_close(block(x), F.gelu(block.pointwise.bn(F.conv2d(y, block.pointwise.conv.weight))))


def test_max_pool_conv_has_nothing_after_its_convolution() -> None:
    block, x = MaxPoolConv(4, 4), torch.randn(2, 4, 6, 8)
    assert [type(m).__name__ for m in block.children()] == ["MaxPool2d", "Conv2d"]
    torch.testing.assert_close(block(x), F.conv2d(x.unfold(2, 2, 2).unfold(3, 2, 2).amax((4, 5)), **own(block.conv)))


def own(conv: nn.Conv2d) -> dict[str, torch.Tensor]:
    return {"weight": conv.weight, "bias": conv.bias}


@pytest.mark.parametrize("size", [(8, 6), (7, 9)])
def test_patch_merging_is_torchvisions_with_the_channels_first(size: tuple[int, int]) -> None:
    ours, theirs = PatchMerging(5, 10), torchvision.models.swin_transformer.PatchMerging(5)
    nn.init.normal_(ours.norm.bias)
    theirs.load_state_dict(ours.state_dict())
    x = torch.randn(2, 5, *size)
    torch.testing.assert_close(ours(x).permute(0, 2, 3, 1), theirs(x.permute(0, 2, 3, 1)), atol=1e-6, rtol=1e-5)


def test_space_to_depth_is_the_function_and_knows_its_channels() -> None:
    x = torch.randn(2, 3, 5, 4)
    assert torch.equal(SpaceToDepth(3, 12)(x), space_to_depth(x))
    with pytest.raises(ValueError, match=r"c2 must be 4 \* c1 = 12, because nothing is mixed, not 16"):
        SpaceToDepth(3, 16)


@pytest.mark.parametrize(
    ("name", "formula"),
    [
        ("Slicing", lambda c1, c2: 4 * c1 * c2 + 2 * c2),
        ("SlicingConv3x3", lambda c1, c2: 36 * c1 * c2 + 2 * c2),
        ("DSConv", lambda c1, c2: 11 * c1 + c1 * c2 + 2 * c2),
        ("MaxPoolConv", lambda c1, c2: c1 * c2 + c2),
        ("SoftPool", lambda c1, c2: c1 * c2 + c2),
        ("AdaPool", lambda c1, c2: c1 * c2 + c2 + 1),
        ("PatchMerging", lambda c1, c2: 4 * c1 * c2 + 8 * c1),
    ],
)
def test_number_of_parameters_is_the_formulas(name: str, formula) -> None:
    for c1, c2 in ((8, 8), (32, 64)):
        assert parameters(getattr(blocks, name)(c1, c2)) == formula(c1, c2)


def test_patch_merging_in_half_precision_normalises_large_activations() -> None:
    block = PatchMerging(8, 8).half()
    assert block((1e4 * torch.randn(1, 8, 4, 4)).half()).isfinite().all()


def test_lower_case_names_are_public_too_and_cost_nothing_until_asked_for() -> None:
    import yolo_slice

    assert yolo_slice.soft_pool is blocks.soft_pool
    assert yolo_slice.AdaPool2d is blocks.AdaPool2d
    with pytest.raises(AttributeError, match="no attribute 'soft_pol'"):
        yolo_slice.soft_pol  # noqa: B018 (the look-up is what raises)
