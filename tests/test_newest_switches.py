"""Ultralytics' newest switches on a slice model: one epoch on a few images, then validated (fused) and exported."""

from pathlib import Path
from typing import Any

import pytest
import torch
from tiny_training import QUICK, make_data
from ultralytics import YOLO

pytestmark = [pytest.mark.slow, pytest.mark.apart, pytest.mark.filterwarnings("default")]
MODEL = """nc: 1
scales: {n: [1.0, 1.0, 1024]}
backbone:
  - [-1, 1, Conv, [8, 3, 2]]
  - [-1, 1, SliceSamp, [16]]
  - [-1, 1, SPDConv, [16]]
  - [-1, 1, SliceSamp, [32]]
head:
  - [[2, 3], 1, Detect, [nc]]
"""
LAYERS = ["Conv", "SliceSamp", "SPDConv", "SliceSamp", "Detect"]


@pytest.fixture
def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> YOLO:
    """A slice model with weights in a file: what is trained, and who teaches."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tinyn-slices.yaml").write_text(MODEL)
    YOLO("tinyn-slices.yaml").save("start.pt")
    return YOLO("start.pt")


def train(model: YOLO, **switch: object) -> Path:
    data = switch.pop("data", None) or str(make_data(Path("data").resolve(), "detect"))
    model.train(data=data, project=str(Path("runs").resolve()), name="train", **{**QUICK, **switch})
    return next(Path("runs").rglob("best.pt"))


def check(weights: Path) -> None:
    """The checkpoint is the slice model, and nothing else; fused and exported, it finds the same."""
    trained, picture = YOLO(weights), next(Path("data").rglob("*.png"))
    assert [type(layer).__name__ for layer in trained.model.model] == LAYERS
    file = YOLO(weights).export(format="torchscript", imgsz=64)
    fused, exported = (YOLO(each).predict(picture, imgsz=64, conf=0.001)[0].boxes.data for each in (weights, file))
    assert len(fused)
    assert torch.allclose(fused, exported, atol=1e-2)


def test_a_slice_model_learns_from_a_slice_model(model: YOLO) -> None:
    check(train(model, distill_model="start.pt"))


def test_channels_last_changes_nothing(model: YOLO) -> None:
    weights = train(model, channels_last=True)
    check(weights)
    picture = next(Path("data").rglob("*.png"))
    settings = {"imgsz": 64, "conf": 0.001}
    usual, last = (YOLO(weights).predict(picture, channels_last=on, **settings)[0].boxes.data for on in (False, True))
    assert len(usual)
    assert torch.allclose(usual, last, atol=1e-3)


def test_one_model_on_two_data_sets(model: YOLO) -> None:
    both = [str(make_data(Path(name).resolve(), "detect")) for name in ("data", "more")]
    check(train(model, data=both))


def test_ray_tunes_a_slice_model(model: YOLO, monkeypatch: pytest.MonkeyPatch) -> None:
    tune = pytest.importorskip("ray.tune", reason="tune(use_ray=True) needs ray[tune]", exc_type=ImportError)
    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "0")
    found: Any = model.tune(
        **{**QUICK, "exist_ok": False},
        data=str(make_data(Path("data").resolve(), "detect")),
        project=str(Path("runs").resolve()),
        use_ray=True,
        search_alg="random",
        space={"lr0": tune.uniform(1e-4, 1e-2)},
        iterations=1,
    )
    assert [trial.error for trial in found] == [None]
    check(next(Path("runs").rglob("best.pt")))


def test_a_compiled_training_is_the_same_training(model: YOLO) -> None:
    check(train(model, compile=True))
