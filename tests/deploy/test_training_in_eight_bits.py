"""A slice model trained with `quantize=8`: its ranges in the checkpoint, and in the ONNX file."""

from pathlib import Path
from typing import Any

import pytest
import torch
from tiny_training import QUICK, make_data
from trained_blocks import first, live_network, relative_difference
from ultralytics import YOLO
from ultralytics.utils import LOGGER

from yolo_slice.deploy.made_up_image import made_up_image

pytestmark = [pytest.mark.slow, pytest.mark.apart, pytest.mark.filterwarnings("default")]
MODEL = """nc: 1
scales: {n: [1.0, 1.0, 1024]}
backbone:
  - [-1, 1, Conv, [8, 3, 2]]
  - [-1, 1, SliceSamp, [16]]
  - [-1, 1, SPDConv, [16]]
  - [-1, 1, SliceSamp, [32]]
head:
  - [-1, 1, SliceUpsamp, [32]]
  - [[2, 4], 1, Concat, [1]]
  - [[5, 3], 1, Detect, [nc]]
"""
KEPT = (
    "yolo-slice: onnx: 2 SliceSamp and 1 SPDConv and 1 SliceUpsamp exported as written, "
    "with the ranges that training with quantize=8 found"
)
GENTLE = {"optimizer": "SGD", "lr0": 1e-6, "warmup_epochs": 0}  # outputs go on depending on the image


@pytest.fixture
def weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The checkpoint of such a training."""
    pytest.importorskip("modelopt", reason="training with quantize=8 needs nvidia-modelopt")
    monkeypatch.chdir(tmp_path)
    Path("tinyn-slices.yaml").write_text(MODEL)
    model = YOLO("tinyn-slices.yaml")
    model.model = live_network("tinyn-slices.yaml")
    model.save("start.pt")
    data = str(make_data(tmp_path / "data", "detect"))
    YOLO("start.pt").train(data=data, project=str(tmp_path / "runs"), name="train", quantize=8, **QUICK, **GENTLE)
    return tmp_path / "runs/train/weights/best.pt"


@torch.no_grad()
def test_checkpoint_and_file_are_one_function(weights: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    runtime = pytest.importorskip("onnxruntime", reason="the file is run by onnxruntime")
    said: list[str] = []
    monkeypatch.setattr(LOGGER, "info", lambda text, *_, **__: said.append(str(text)))
    trained: Any = YOLO(weights)
    quantized = {name for name, _ in trained.model.named_modules() if name.endswith("wise.conv.weight_quantizer")}
    assert quantized == {f"model.{i}.{w}wise.conv.weight_quantizer" for i in (1, 3, 4) for w in ("depth", "point")}
    file = trained.export(format="onnx", imgsz=64, device="cpu")
    assert KEPT in said
    assert any("yolo-slice: onnx: checked:" in line for line in said)
    session = runtime.InferenceSession(file, providers=["CPUExecutionProvider"])
    image, other = (made_up_image((1, 3, 64, 64), seed) for seed in (2, 3))
    model = trained.model.eval()
    ours = first(model(image))
    (theirs,) = session.run(None, {session.get_inputs()[0].name: image.numpy()})
    for part in (slice(0, 4), slice(4, 5)):  # boxes, scores
        assert relative_difference(torch.from_numpy(theirs)[:, part], ours[:, part]) < 0.05
        assert relative_difference(first(model(other))[:, part], ours[:, part]) > 0.1
