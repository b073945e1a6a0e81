"""The layers of Swin as rows: held to the blocks' laws, and to torchvision's own network."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import nn
from torchvision.models import SwinTransformer

from yolo_slice.blocks import PatchMerging
from yolo_slice.segmentation.channel_norm import ChannelNorm
from yolo_slice.segmentation.patch_embed import PatchEmbed
from yolo_slice.segmentation.swin_stage import SwinStage
from yolo_slice.testing.laws import C1, LAWS

LAYERS = {ChannelNorm: 1.0, PatchEmbed: 0.25, SwinStage: 1.0}  # output height and width over the input's
EXCUSED = {
    (SwinStage, "onnx_agrees"): "torchvision fills its mask by assignment: a scatter of constants, which Ultralytics' "
    "simplification of the exported file folds; the test of the whole model's export looks for it"
}


def trained(layer: type[nn.Module]) -> Callable[..., nn.Module]:
    """Make a layer whose LayerNorms are not at their start, where the sum of the channels does not depend on them."""

    def make(c1: int, c2: int) -> nn.Module:
        module = layer(c1, c2)
        for m in module.modules():
            if isinstance(m, nn.LayerNorm):
                nn.init.normal_(m.weight)
                nn.init.normal_(m.bias)
        return module

    return make


@pytest.mark.filterwarnings("ignore::torch.jit.TracerWarning")  # sides become numbers, which is meant
@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: layer.__name__)
def test_layer_keeps_the_laws_of_blocks(layer: type[nn.Module], law: str) -> None:
    """But for c2, which is c1: it is why they are no blocks."""
    if (layer, law) in EXCUSED:
        pytest.skip(EXCUSED[layer, law])
    LAWS[law](trained(layer), LAYERS[layer], C1)


def tiny_swin() -> SwinTransformer:
    torch.manual_seed(0)
    return SwinTransformer([4, 4], 32, [2, 2], [1, 2], [7, 7], stochastic_depth_prob=0.3)


def ours() -> nn.Sequential:
    stages = SwinStage(32, 32, 2, 1, [0.0, 0.1]), PatchMerging(32, 64), SwinStage(64, 64, 2, 2, [0.2, 0.3])
    return nn.Sequential(PatchEmbed(3, 32), *stages)


@torch.no_grad()
@pytest.mark.parametrize("hw", [(64, 64), (72, 40)])
def test_they_are_torchvisions_network_to_the_last_bit(hw: tuple[int, int]) -> None:
    theirs, model = tiny_swin().eval(), ours().eval()
    renamed = {k.replace("0.0.", "0.conv.").replace("0.2.", "0.norm.") if k[:2] == "0." else k: v for k, v in
               theirs.features.state_dict().items()}  # fmt: skip
    model.load_state_dict(renamed)
    x = torch.randn(2, 3, *hw)
    assert torch.equal(model(x), theirs.features(x).permute(0, 3, 1, 2))


def test_drop_path_rises_evenly_from_the_first_block_to_the_last() -> None:
    def rates(*layers: Any) -> list[float]:
        return [m.stochastic_depth.p for layer in layers for m in layer.modules() if hasattr(m, "stochastic_depth")]

    assert rates(ours()) == pytest.approx(rates(tiny_swin()))
    assert rates(SwinStage(8, 8, 3, 1, [0.1, 0.3])) == pytest.approx([0.1, 0.2, 0.3])
    assert rates(SwinStage(8, 8, 1, 1, [0.1, 0.3])) == [0.1]


def test_linear_layers_start_as_swins() -> None:
    for name, p in SwinStage(64, 64).named_parameters():
        if name.endswith(("qkv.weight", "proj.weight", "0.weight", "3.weight")):
            assert 0.015 < float(p.detach().std()) < 0.025, name
        assert name.endswith(("weight", "table")) or not p.any(), name


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((8, 16), "c2 must be c1, the 8 channels of its input, not 16"),
        ((8, 8, 0), "depth must be a positive integer, not 0"),
        ((12, 12, 2, 5), "heads must be a divisor of the 12 channels, not 5"),
        ((8, 8, 2, 1, [0.1]), r"drop_path must be two probabilities, as in \[0.0, 0.1\], not \[0.1\]"),
        ((8, 8, 2, 1, [0.1, 1.0]), "drop_path must be two probabilities"),
        ((8, 8, 2, 1, 0.1), "drop_path must be two probabilities"),
        ((8, 8, 2, 1, [0, 0], 0), "window must be a positive integer"),
    ],
)
def test_mistakes_are_explained(arguments: tuple[Any, ...], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        SwinStage(*arguments)


@torch.no_grad()
def test_patches_of_any_image_are_those_of_the_padded_one() -> None:
    layer = PatchEmbed(3, 8).eval()
    x = torch.randn(1, 3, 13, 6)
    assert torch.equal(layer(x), layer(nn.functional.pad(x, (0, 2, 0, 3))))
