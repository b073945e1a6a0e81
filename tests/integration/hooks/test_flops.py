"""GFLOPs are counted where the host fails, are right, and are never silently missing."""

import pytest
from torch import nn
from ultralytics.nn.tasks import DetectionModel, yaml_model_load
from ultralytics.utils import LOGGER, torch_utils

from yolo_slice.blocks import SSB
from yolo_slice.integration.hooks import flops
from yolo_slice.integration.hooks.flops import count_gflops


def stem(block: str) -> DetectionModel:
    d = yaml_model_load("yolov8n-slicesamp.yaml")
    d["backbone"][0] = [-1, 1, block, [64]]
    return DetectionModel(d, verbose=False)


@pytest.mark.long
@pytest.mark.parametrize("block", ["SliceSamp", pytest.param("SPDConv", marks=pytest.mark.slow)])
def test_model_that_slices_first_gets_its_gflops(block: str) -> None:
    model = stem(block)
    assert torch_utils.get_flops.yolo_slice_stock(model) == 0  # the host's fault that the wrapper mends
    assert torch_utils.get_flops(model) == pytest.approx(count_gflops(model))
    lines: list[str] = []
    LOGGER.info, before = lines.append, LOGGER.info
    try:
        model.info()
    finally:
        LOGGER.info = before
    assert lines[-1].endswith(f"{count_gflops(model):.1f} GFLOPs")


def test_count_equals_the_hosts_where_the_host_counts() -> None:
    model = DetectionModel("yolov8n-slice.yaml", verbose=False)
    assert count_gflops(model, 320) == pytest.approx(torch_utils.get_flops.yolo_slice_stock(model, 320), rel=1e-3)


def test_count_equals_hand_arithmetic() -> None:
    from yolo_slice.blocks import SliceSamp

    model = nn.Sequential(SliceSamp(3, 16))
    pixels, c = 32 * 32, 12
    macs = pixels * (9 * c + c * 16)
    norms = pixels * (c + 16) * 4  # thop: 4 operations an element of an affine BatchNorm
    assert count_gflops(model, 64) * 1e9 == pytest.approx(2 * macs + 2 * norms)


def test_a_failing_count_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    warnings: list[str] = []
    monkeypatch.setattr(LOGGER, "warning", warnings.append)
    monkeypatch.setattr("yolo_slice.integration.hooks.flops.count_gflops", lambda *_: 1 / 0)
    assert torch_utils.get_flops(stem("SPDConv")) == 0
    assert "GFLOPs not counted (ZeroDivisionError" in warnings[0]


@pytest.mark.parametrize("counts_products", [True, False])
def test_sampling_is_counted_once_and_at_the_true_size(counts_products: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever thop sees of it: 2 x 3x3 convolution at 45 x 18 samples, and two products each way."""
    if not counts_products:
        thop = pytest.importorskip("thop.profile")
        monkeypatch.setattr(thop, "functional_hooks", {}, raising=False)
    flops._counts_products.cache_clear()
    model = nn.Sequential(SSB(3, nn.Conv2d(3, 3, 3, padding=1, bias=False), uniform=True))
    h, w = 45, 18
    macs = h * w * 3 * 3 * 9 + 2 * 3 * (h * 80 * 32 + h * w * 32)
    assert torch_utils.get_flops(model, [80, 32]) * 1e9 == pytest.approx(2 * macs)
    flops._counts_products.cache_clear()
