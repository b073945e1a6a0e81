"""Torchvision's Swin in a model file: the same function on images from 0 to 1, and what it lacks is said."""

import pytest
import torch
from torch import nn
from torchvision.models import SwinTransformer
from ultralytics.nn import tasks

from yolo_slice.errors import SliceError
from yolo_slice.segmentation.patch_embed import PatchEmbed
from yolo_slice.segmentation.swin_stage import SwinStage
from yolo_slice.transfer import load_swin

MEAN, STD = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])


def model(down: str = "PatchMerging") -> nn.Sequential:
    backbone = [
        [-1, 1, "PatchEmbed", [32]],
        [-1, 1, "SwinStage", [32, 2, 1]],
        [-1, 1, down, [64]],
        [-1, 1, "SwinStage", [64, 2, 2]],
    ]
    layers, _ = tasks.parse_model({"nc": 3, "backbone": backbone, "head": [[1, 1, "ChannelNorm", []]]}, 3, False)
    return layers


def swin(width: int = 32, depth: int = 2) -> SwinTransformer:
    torch.manual_seed(0)
    theirs = SwinTransformer([4, 4], width, [2, depth], [1, 2], [7, 7], num_classes=10).eval()
    for p in theirs.parameters():
        nn.init.normal_(p, std=0.1)
    return theirs


@torch.no_grad()
def test_the_backbone_computes_the_same_of_an_image_that_is_not_normalised() -> None:
    ours, theirs = model().eval(), swin()
    assert [type(layer) for layer in ours[:2]] == [PatchEmbed, SwinStage]
    assert load_swin(ours, theirs.state_dict()) == []
    x = torch.rand(2, 3, 64, 72)
    wanted = theirs.features((x - MEAN[:, None, None]) / STD[:, None, None]).permute(0, 3, 1, 2)
    torch.testing.assert_close(ours[:4](x), wanted, atol=1e-4, rtol=1e-4)
    assert not torch.allclose(ours[:4]((x - MEAN[:, None, None]) / STD[:, None, None]), wanted, atol=1e-2)


def test_another_down_sampler_and_the_norms_stay_as_they_are() -> None:
    ours, theirs = model("SliceSamp"), swin()
    before = {k: v.clone() for k, v in ours.state_dict().items()}
    left = load_swin(ours, theirs)
    assert {name.split(".")[0] for name in left} == {"2"}
    state = ours.state_dict()
    assert all(torch.equal(state[k], v) for k, v in before.items() if k[0] in "24")
    assert torch.equal(state["3.1.attn.qkv.weight"], theirs.features[3][1].attn.qkv.weight)


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ({"conv1.weight": torch.zeros(1)}, "no Swin of torchvision: expected features.0.0.weight; found conv1.weight"),
        ({}, "found nothing"),
        ("swin_t", "expected a network or its state dict, got 'swin_t'"),
        (swin(depth=4), "the weights are of 6 blocks, the model has 4"),
        ({**swin().state_dict(), "features.1.0.attn.logit_scale": torch.zeros(1)}, "weights of Swin V2"),
        (swin(16), "none of the stages has the weights' shape"),
    ],
)
def test_what_does_not_belong_is_refused_and_nothing_is_changed(weights: object, message: str) -> None:
    ours = model()
    before = {k: v.clone() for k, v in ours.state_dict().items()}
    with pytest.raises(SliceError, match=message):
        load_swin(ours, weights)
    assert all(torch.equal(v, before[k]) for k, v in ours.state_dict().items())


def test_a_model_without_layers_is_refused() -> None:
    with pytest.raises(SliceError, match="expected a model of a model file, got Linear"):
        load_swin(nn.Linear(2, 2), swin())
