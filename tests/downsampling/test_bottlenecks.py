"""Sampled bottlenecks in other people's networks: which are wrapped, under which names, and that they compute alike."""

import copy
import pickle

import pytest
import torch
from torch import nn
from torchvision.models import resnet18, resnet50
from torchvision.models.resnet import Bottleneck as TorchvisionBottleneck
from torchvision.models.resnet import ResNet
from ultralytics.nn.modules import ResNetLayer

from yolo_slice import wrap_bottlenecks
from yolo_slice.blocks.sampled_block import SampledBlock
from yolo_slice.errors import SliceError


def moved(model: nn.Module) -> nn.Module:
    """Let every BatchNorm do something."""
    torch.manual_seed(0)
    for m in model.modules():
        if isinstance(m, nn.BatchNorm2d):
            nn.init.uniform_(m.weight, 0.5, 1.5)
            nn.init.normal_(m.running_mean, std=0.1)
    return model.eval()


def wrapped(model: nn.Module) -> list[str]:
    return [name for name, m in model.named_modules() if isinstance(m, SampledBlock)]


def unsampled(model: nn.Module) -> nn.Module:
    """Let a wrapped model take every pixel, once, and so compute what the stock model does."""
    for m in model.modules():
        if isinstance(m, SampledBlock):
            m.sampler.ratio, m.sampler.size = 1, None
    return model


def small_timm(name: str) -> nn.Module:
    timm = pytest.importorskip("timm")
    if name.startswith("resnet"):
        block = getattr(timm.models.resnet, "Bottleneck" if name == "resnetrs" else "BasicBlock")
        squeeze = {"attn_layer": "se"} if name == "resnetrs" else {}
        return timm.models.ResNet(block, (1, 2, 2, 2), channels=(8, 8, 8, 8), block_args=squeeze, drop_path_rate=0.1)
    return timm.create_model(name)


MODELS = {
    "torchvision bottleneck": (
        lambda: ResNet(TorchvisionBottleneck, [2, 2, 2, 2]),
        ["layer2.1", "layer3.1", "layer4.1"],
    ),
    "torchvision basic": (resnet18, ["layer2.1", "layer3.1", "layer4.1"]),
    "timm basic": (lambda: small_timm("resnet"), ["layer2.1", "layer3.1", "layer4.1"]),
    "timm squeezed": (lambda: small_timm("resnetrs"), ["layer2.1", "layer3.1", "layer4.1"]),
    "ultralytics": (
        lambda: nn.Sequential(ResNetLayer(3, 16, 1, True), *(ResNetLayer(16, 4, s, n=2) for s in (1, 2, 1))),
        ["2.layer.1", "3.layer.0", "3.layer.1"],
    ),
}


@pytest.mark.parametrize("name", MODELS)
def test_every_weight_keeps_its_name_and_what_it_does(name: str) -> None:
    make, expected = MODELS[name]
    model = moved(make())
    before = copy.deepcopy(model.state_dict())
    new = wrap_bottlenecks(model)
    assert wrapped(new) == expected
    assert not wrapped(model)
    assert all(torch.equal(tensor, before[key]) for key, tensor in model.state_dict().items())
    result = new.load_state_dict(before, strict=False)
    assert not result.unexpected_keys
    assert all(".sampler." in key for key in result.missing_keys)
    x = torch.randn(2, 3, 64, 48)
    with torch.no_grad():
        assert not torch.allclose(new(x), model(x))
        torch.testing.assert_close(unsampled(new)(x), model(x), atol=1e-4, rtol=1e-4)


@pytest.mark.long
def test_efficientnets_last_five_stages_have_eight_such_blocks() -> None:
    model = moved(small_timm("efficientnet_b0"))
    new = wrap_bottlenecks(model, stages=5)
    assert wrapped(new) == [f"blocks.{name}" for name in ["2.1", "3.1", "3.2", "4.1", "4.2", "5.1", "5.2", "5.3"]]
    x = torch.randn(1, 3, 64, 64)
    with torch.no_grad():
        torch.testing.assert_close(unsampled(new)(x), model(x), atol=1e-4, rtol=1e-4)


def test_a_yolo_is_wrapped_by_rows_and_keeps_its_names() -> None:
    from ultralytics.nn.tasks import DetectionModel

    model = DetectionModel("yolov8n.yaml", verbose=False).eval()
    new = wrap_bottlenecks(model)
    assert wrapped(new) == ["model.4.m.0", "model.4.m.1", "model.6.m.0", "model.6.m.1", "model.8.m.0"]
    assert not new.load_state_dict(model.state_dict(), strict=False).unexpected_keys


def test_sizes_are_those_of_the_last_stages() -> None:
    with torch.device("meta"):
        new = wrap_bottlenecks(resnet50(), sizes=(16, 8, (4, 3)))
    sizes = {name[:6]: m.sampler.size for name, m in new.named_modules() if isinstance(m, SampledBlock)}
    assert sizes == {"layer2": (16, 16), "layer3": (8, 8), "layer4": (4, 3)}
    assert len(wrapped(new)) == 3 + 5 + 2


def test_training_mode_dtype_and_pickling() -> None:
    new = wrap_bottlenecks(ResNet(TorchvisionBottleneck, [1, 2, 1, 1]).double().train(), stages=3)
    assert all(m.training for m in new.modules())
    assert {p.dtype for p in new.parameters()} == {torch.float64}
    x = torch.randn(2, 3, 32, 32, dtype=torch.float64)
    new(x).sum().backward()
    new.eval()
    assert torch.equal(pickle.loads(pickle.dumps(new))(x), new(x))


@pytest.mark.parametrize(
    ("make", "settings", "fault"),
    [
        (lambda: nn.Sequential(nn.Conv2d(3, 3, 1)), {}, "Sequential has no residual block that is known; known are"),
        (
            resnet18,
            {"sizes": (9, 8, 7, 6, 5)},
            "cannot wrap 5 stages: this model has 4: layer1, layer2, layer3",
        ),
        (resnet18, {"sizes": (9, 8), "stages": 3}, r"sizes=\(9, 8\) and stages=3: expected a size for each stage"),
        (lambda: "resnet18", {}, "expected a network, got 'resnet18'"),
        (resnet18, {"sizes": 8}, r"sizes=8: expected a size for each stage, as in \(16, 8, 4\)"),
        (resnet18, {"ratio": 2}, "layer2.1: ratio must be above 0 and at most 1, not 2"),
        (resnet18, {"sampler": "nearest"}, "layer2.1: sampler must be one of saliency"),
        (lambda: ResNet(TorchvisionBottleneck, [1, 1, 1, 1]), {}, "no block of the last 3 stages has an identity"),
    ],
)
def test_what_cannot_be_is_refused(make, settings, fault: str) -> None:
    with torch.device("meta"):
        model = make()
        with pytest.raises(SliceError, match=fault):
            wrap_bottlenecks(model, **settings)
