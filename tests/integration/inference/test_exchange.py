"""Layers of host models: which can be exchanged, what goes into them, and factors that move behind them."""

import copy

import pytest
import torch
from torch import nn
from ultralytics.nn.tasks import ClassificationModel, DetectionModel

from yolo_slice.errors import SliceError
from yolo_slice.integration.inference.exchange import find_exchangeable, row_of
from yolo_slice.integration.inference.folding import fold_into_consumers
from yolo_slice.integration.inference.layer_run import layer_input


def model_of(backbone: list, head: list | None = None) -> DetectionModel:
    head = head or [[[-1], 1, "Detect", ["nc"]]]
    torch.manual_seed(0)
    return DetectionModel({"nc": 2, "backbone": backbone, "head": head}, verbose=False).eval()


@pytest.fixture(scope="module")
def yolov8() -> DetectionModel:
    torch.manual_seed(0)
    model = DetectionModel("yolov8n.yaml", verbose=False)
    for m in model.modules():
        if isinstance(m, nn.BatchNorm2d):
            m.momentum = 1.0
    with torch.no_grad():
        model.train()(torch.rand(4, 3, 128, 128))  # statistics that let activations be of size 1, as after training
    return model.eval()


def test_sites_of_yolov8(yolov8: DetectionModel) -> None:
    sites, left = find_exchangeable(yolov8)
    assert [(s.index, s.width) for s in sites if not s.is_upsampling] == [
        (0, 64),
        (1, 128),
        (3, 256),
        (5, 512),
        (7, 1024),
        (16, 256),
        (19, 512),
    ]
    assert [(s.index, s.width) for s in sites if s.is_upsampling] == [(10, 1024), (13, 512)]
    assert left == {}


def test_what_cannot_be_exchanged_is_named() -> None:
    model = model_of(
        [
            [-1, 1, "Conv", [16, 3, 2]],
            [-1, 1, "DWConv", [16, 3, 2]],
            [-1, 1, "Conv", [16, 3, 2, None, 2]],
            [-1, 1, "SCDown", [16, 3, 2]],
            [-1, 1, "Conv", [16, 3, 4]],
            [-1, 1, "nn.Upsample", ["None", 2, "bilinear"]],
        ]
    )
    sites, left = find_exchangeable(model)
    assert [site.index for site in sites] == [0]
    assert left == {
        1: "DWConv strides inside",
        2: "grouped convolution, 2 groups",
        3: "SCDown strides inside",
        4: "stride (4, 4), not 2",
        5: "it is not nearest upsampling by 2",
    }


def test_classifiers_have_sites_too() -> None:
    sites, _ = find_exchangeable(ClassificationModel("yolov8n-cls.yaml", verbose=False))
    assert [site.index for site in sites] == [0, 1, 3, 5, 7]


@pytest.mark.parametrize("index", [1, 12, 16, 22])
def test_layer_input_is_what_the_layer_gets_in_the_models_own_run(yolov8: DetectionModel, index: int) -> None:
    got = []
    handle = yolov8.model[index].register_forward_pre_hook(lambda _, given: got.append(given[0]))
    x = torch.rand(1, 3, 64, 64)
    with torch.no_grad():
        yolov8(x)
        handle.remove()
        found = layer_input(yolov8, x, index)
    for a, b in zip(found, got[0], strict=True) if isinstance(found, list) else [(found, got[0])]:
        assert torch.equal(a, b)


def test_rows_are_those_of_the_file(yolov8: DetectionModel) -> None:
    assert row_of(yolov8, 0)[2:] == ["Conv", [64, 3, 2]]
    assert row_of(yolov8, 16)[2:] == ["Conv", [256, 3, 2]]
    with pytest.raises(SliceError, match="no layer 99"):
        layer_input(yolov8, torch.zeros(1, 3, 64, 64), 99)


@pytest.mark.parametrize("index", [1, 19, *(pytest.param(index, marks=pytest.mark.long) for index in (3, 5, 7, 16))])
@torch.no_grad()
def test_a_factor_moves_into_the_consumers(yolov8: DetectionModel, index: int) -> None:
    model = copy.deepcopy(yolov8)
    x = torch.rand(1, 3, 96, 64)
    before = model(x)[0]
    assert fold_into_consumers(model, index, 1.7, x)
    assert not torch.allclose(model(x)[0], before, atol=1e-3)
    model.model[index].register_forward_hook(lambda _, __, out: out / 1.7)
    assert torch.allclose(model(x)[0], before, rtol=1e-4, atol=1e-3)


@torch.no_grad()
def test_a_factor_that_cannot_follow_changes_nothing() -> None:
    model = model_of(
        [[-1, 1, "Conv", [16, 3, 2]], [-1, 1, "Conv", [16, 3, 2]], [-1, 1, "nn.MaxPool2d", [3, 1, 1]]],
    )
    before = {k: v.clone() for k, v in model.state_dict().items()}
    assert not fold_into_consumers(model, 1, 1.7, torch.rand(1, 3, 64, 64))
    assert all(torch.equal(v, before[k]) for k, v in model.state_dict().items())


def test_a_hook_that_is_no_longer_needed_is_gone(yolov8: DetectionModel) -> None:
    with torch.no_grad():
        fold_into_consumers(copy.deepcopy(yolov8), 1, 1.7, torch.rand(1, 3, 64, 64))
    model = copy.deepcopy(yolov8)
    with torch.no_grad():
        fold_into_consumers(model, 3, 1.7, torch.rand(1, 3, 64, 64))
    assert not any(m._forward_hooks or m._forward_pre_hooks for m in model.modules() if isinstance(m, nn.Module))
