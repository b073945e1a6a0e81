"""Converted checkpoints of every task through the stock command: trained, resumed, reloaded, exported."""

import copy
from pathlib import Path
from typing import Any

import pytest
import torch
from small_detector import randomise
from tiny_training import QUICK, SIDE, StopHereError, loads_elsewhere, make_data, stop_in_second_epoch, train
from torch import Tensor
from ultralytics import YOLO
from ultralytics.utils import LOGGER

from yolo_slice.integration.inference.layer_run import kept_outputs
from yolo_slice.transfer import convert_weights

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("default"),  # Ultralytics' own runs warn in many places
]
FEW: dict[str, Any] = {"images": 8, "imgsz": SIDE, "steps": 2, "distil": 2, "rounds": 2}


def stock_checkpoint(name: str, folder: Path) -> Path:
    torch.manual_seed(0)
    stock = YOLO(f"{name}.yaml")
    randomise(stock.model)
    stock.save(folder / "stock.pt")
    return folder / "stock.pt"


@torch.no_grad()
def features(model: Any) -> list[Tensor]:
    """Everything up to the head, which training exchanges for one of other classes."""
    model = copy.deepcopy(model).float().eval()
    return kept_outputs(model, torch.ones(1, 3, SIDE, SIDE) / 2, range(len(model.model) - 1))


@pytest.mark.parametrize(
    ("task", "name", "to"),
    [
        ("detect", "yolov5n", "slice"),
        ("segment", "yolo26n-seg", "slicesamp"),
        pytest.param("detect", "yolov10n", "slicesamp", marks=pytest.mark.apart),
        pytest.param("pose", "yolo11n-pose", "slicesamp", marks=pytest.mark.apart),
        pytest.param("obb", "yolo12n-obb", "slicesamp", marks=pytest.mark.apart),
        pytest.param("classify", "yolov8n-cls", "slicesamp", marks=pytest.mark.apart),
    ],
)
def test_it_trains_from_where_the_conversion_ended(
    task: str, name: str, to: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    data = make_data(tmp_path / "data", task)
    rows = None if task == "detect" else (1,)  # what a conversion does is the same for every task
    slim = convert_weights(stock_checkpoint(name, tmp_path), to, data, tmp_path / "slim.pt", rows=rows, **FEW)
    layers = [type(layer).__name__ for layer in slim.model.model]
    assert "SliceSamp" in layers
    assert ("SliceUpsamp" in layers) == (to == "slice")
    assert slim.task == task

    begun: list[Any] = []
    slim.add_callback("on_train_start", lambda trainer: begun.append(copy.deepcopy(trainer.model)))
    slim.train(data=str(data), project=str(tmp_path / "runs"), name="t", **QUICK)
    converted = YOLO(tmp_path / "slim.pt").model
    for a, b in zip(features(begun[0]), features(converted), strict=True):
        torch.testing.assert_close(a, b, atol=1e-3, rtol=1e-3)
    assert loads_elsewhere(tmp_path / "runs" / "t" / "weights" / "best.pt", tmp_path / "data") == layers


def test_it_resumes_and_exports(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    log: list[str] = []
    monkeypatch.setattr(LOGGER, "info", lambda message, *_: log.append(str(message)))
    data = make_data(tmp_path / "data", "detect")
    stock = stock_checkpoint("yolov8n", tmp_path)
    slim = convert_weights(stock, "slicesamp", data, tmp_path / "slim.pt", rows=(1,), **FEW)
    slim.add_callback("on_train_epoch_start", stop_in_second_epoch)
    with pytest.raises(StopHereError):
        slim.train(data=str(data), project=str(tmp_path / "runs"), name="t", **{**QUICK, "epochs": 2})
    last = tmp_path / "runs" / "t" / "weights" / "last.pt"
    train(model=last, resume=True)
    assert "from epoch 2 to 2 total epochs" in "\n".join(log)
    trained = YOLO(last)
    exported = Path(trained.export(format="onnx", imgsz=SIDE, simplify=False))
    x = torch.rand(1, 3, SIDE, SIDE)
    import onnxruntime

    session = onnxruntime.InferenceSession(exported)
    found = torch.from_numpy(session.run(None, {session.get_inputs()[0].name: x.numpy()})[0])
    with torch.no_grad():
        torch.testing.assert_close(found, trained.model.float().eval()(x)[0], atol=1e-3, rtol=1e-4)
