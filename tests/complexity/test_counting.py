"""The counter: single layers by hand in every convention, whole models against thop itself."""

import pytest
import thop
import torch
import torchvision
from torch import nn
from torch.nn import functional as F
from ultralytics.nn.tasks import DetectionModel

from yolo_slice.complexity.counting import CONVENTIONS, count_operations
from yolo_slice.integration.model_files.meta_model import MetaModel
from yolo_slice.paths import find_shipped

H, W = 6, 10  # of the image; 3 channels

BY_HAND = [
    # layer, then operations by convention: conv, thop, ptflops, mmcv
    ("conv", lambda: nn.Conv2d(3, 8, 3, padding=1), 2 * 27 * 480, 2 * 27 * 480, 27 * 480 + 480, 27 * 480 + 480),
    ("strided", lambda: nn.Conv2d(3, 8, 3, 2, 1, bias=False), 2 * 27 * 120, 2 * 27 * 120, 27 * 120, 27 * 120),
    ("grouped", lambda: nn.Conv2d(3, 6, 3, padding=1, groups=3, bias=False), *[2 * 9 * 360] * 2, *[9 * 360] * 2),
    ("linear", lambda: nn.Linear(W, 4), 2 * 10 * 72, 2 * 10 * 72, 10 * 72 + 72, 10 * 72),
    ("batch norm", lambda: nn.BatchNorm2d(3), 0, 2 * 4 * 180, 2 * 180, 0),
    ("bare batch norm", lambda: nn.BatchNorm2d(3, affine=False), 0, 2 * 2 * 180, 180, 0),
    ("layer norm", lambda: nn.LayerNorm(W), 0, 2 * 4 * 180, 2 * 180, 2 * 180),
    ("relu", lambda: nn.ReLU(inplace=True), 0, 0, 180, 180),
    ("gelu", nn.GELU, 0, 0, 180, 0),
    ("silu", nn.SiLU, 0, 0, 180, 0),
    ("max pool", lambda: nn.MaxPool2d(2), 0, 0, 180, 180),
    ("global pool", lambda: nn.AdaptiveAvgPool2d(1), 0, 2 * (180 + 3), 180, 180),
    ("upsample", lambda: nn.Upsample(scale_factor=2.0), 0, 0, 0, 0),
]


@pytest.mark.parametrize(("layer", "counts"), [pytest.param(make, n, id=name) for name, make, *n in BY_HAND])
def test_layers_by_hand(layer, counts: list[int]) -> None:
    model = layer().to("meta")
    for convention, wanted in zip(("conv", "thop", "ptflops", "mmcv"), counts, strict=True):
        assert count_operations(model, (H, W), convention) == wanted, convention


class Functional(nn.Module):
    """What Swin's attention does: a module's weights, called as a function; and a product of activations."""

    def __init__(self) -> None:
        super().__init__()
        self.qkv = nn.Linear(W, 4, bias=False)

    def forward(self, x):
        y = F.linear(F.pad(x, (0, 0, 0, 1)), self.qkv.weight)
        return y @ y.transpose(-1, -2)


def test_functions_count_padding_counts_and_products_of_activations_do_not() -> None:
    assert count_operations(Functional().to("meta"), (H, W), "conv") == 2 * W * (3 * (H + 1) * 4)


def test_equals_thop_on_a_resnet() -> None:
    model = torchvision.models.resnet18(weights=None).eval()
    theirs = 2 * thop.profile(model, inputs=[torch.zeros(1, 3, 64, 64)], verbose=False)[0]
    with torch.device("meta"):
        ours = torchvision.models.resnet18(weights=None).eval()
    assert count_operations(ours, (64, 64), "thop") == theirs


@pytest.mark.long
@pytest.mark.parametrize(
    "variant",
    ["", "-slice", *(pytest.param(v, marks=pytest.mark.slow) for v in ("-slicing", "-patchmerging", "-adapool"))],
)
def test_outline_equals_thop_on_the_whole_model(variant: str) -> None:
    model = DetectionModel(f"yolov5n-5.0{variant}.yaml", verbose=False)
    outline = MetaModel(find_shipped(f"yolov5-5.0{variant}.yaml"), "n")
    assert sum(p.numel() for p in outline.parameters()) == sum(p.numel() for p in model.parameters())
    theirs = 2 * thop.profile(model, inputs=[torch.zeros(1, 3, 64, 96)], verbose=False)[0]
    assert count_operations(outline, (64, 96), "thop") == theirs


def test_model_is_not_changed() -> None:
    model = nn.Sequential(nn.Conv2d(3, 4, 1), nn.BatchNorm2d(4)).to("meta").train()
    before = list(model.state_dict()), dict(vars(model[0]))
    count_operations(model, (H, W), "thop")
    assert (list(model.state_dict()), dict(vars(model[0]))) == before


def test_every_convention_says_what_it_counts() -> None:
    assert all(len(c.description) > 40 and c.factor in (1, 2) for c in CONVENTIONS.values())
