"""Derived models through the stock command: trained from stock weights in six tasks, resumed, reloaded, exported."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch
import yaml
from ultralytics import YOLO
from ultralytics.cfg import entrypoint
from ultralytics.utils import LOGGER

from yolo_slice.host.derived import _say_once
from yolo_slice.host.stock_files import stock_model_names

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("default"),  # the host's own runs warn in many places
]
QUICK = {"imgsz": 64, "epochs": 1, "batch": 4, "workers": 0, "plots": False, "amp": False, "exist_ok": True}
SIDE = 64
Box = tuple[float, float, float, float]  # x1, y1, x2, y2, of the image's side


def detect(box: Box) -> list[float]:
    x1, y1, x2, y2 = box
    return [(x1 + x2) / 2, (y1 + y2) / 2, x2 - x1, y2 - y1]


def corners(box: Box) -> list[float]:
    x1, y1, x2, y2 = box
    return [x1, y1, x2, y1, x2, y2, x1, y2]


def pose(box: Box) -> list[float]:
    return [*detect(box), box[0], box[1], 2, box[2], box[3], 2]


LABELS: dict[str, Callable[[Box], list[float]]] = {
    "detect": detect,
    "segment": corners,
    "obb": corners,
    "pose": pose,
    "semantic": corners,
}


def draw(rng: np.random.Generator) -> tuple[np.ndarray, Box]:
    """A bright rectangle on noise."""
    image = rng.integers(0, 80, (SIDE, SIDE, 3), dtype=np.uint8)
    width, height = rng.integers(12, 28, 2)
    x, y = rng.integers(0, SIDE - 28, 2)
    image[y : y + height, x : x + width] = rng.integers(180, 255, 3)
    return image, (x / SIDE, y / SIDE, (x + width) / SIDE, (y + height) / SIDE)


def make_data(root: Path, task: str) -> Path:
    """Write twelve images and their labels for a task; return what `data=` takes."""
    rng = np.random.default_rng(0)
    for split, count in (("train", 8), ("val", 4)):
        for i in range(count):
            image, box = draw(rng)
            if task == "classify":
                folder = root / split / f"class{i % 2}"
                folder.mkdir(parents=True, exist_ok=True)
                cv2.imwrite(str(folder / f"{i}.png"), image)
                continue
            for kind in ("images", "labels", "masks"):
                (root / kind / split).mkdir(parents=True, exist_ok=True)
            cv2.imwrite(str(root / "images" / split / f"{i}.png"), image)
            cv2.imwrite(str(root / "masks" / split / f"{i}.png"), (image[..., 0] > 128).astype(np.uint8))
            numbers = " ".join(f"{value:.5f}" for value in LABELS[task](box))
            (root / "labels" / split / f"{i}.txt").write_text(f"0 {numbers}\n")
    if task == "classify":
        return root
    names = {0: "noise", 1: "square"} if task == "semantic" else {0: "square"}
    data: dict[str, Any] = {"path": str(root), "train": "images/train", "val": "images/val", "names": names}
    data |= {"kpt_shape": [2, 3], "flip_idx": [0, 1]} if task == "pose" else {}
    data |= {"masks_dir": "masks"} if task == "semantic" else {}
    (root / "data.yaml").write_text(yaml.safe_dump(data))
    return root / "data.yaml"


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    messages: list[str] = []
    monkeypatch.setattr(LOGGER, "info", lambda message, *_: messages.append(str(message)))
    return messages


def train(**settings: Any) -> None:
    """Run the stock `yolo train` command, in this process."""
    entrypoint(" ".join(["train", *(f"{key}={value}" for key, value in settings.items())]))


def loads_elsewhere(weights: Path, folder: Path) -> list[str]:
    """Load a checkpoint in a process that knows of us by the checkpoint alone; return its layers' classes."""
    code = f"from ultralytics import YOLO; print(*(type(m).__name__ for m in YOLO({str(weights)!r}).model.model))"
    result = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "TORCH_DEVICE_BACKEND_AUTOLOAD": "0"},
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
    )
    return result.stdout.splitlines()[-1].split()


@pytest.mark.parametrize(
    ("task", "name", "base", "changed"),
    [
        ("detect", "yolov8n-p2-slice", "yolov8n", {"SliceSamp": 7, "SliceUpsamp": 3}),
        ("detect", "yolov9t-spd", "yolov9t", {"SPDConv": 1}),
        ("segment", "yolo26n-seg-slice", "yolo26n-seg", {"SliceSamp": 6, "SliceUpsamp": 2}),
        ("pose", "yolo11n-pose-spd", "yolo11n-pose", {"SPDConv": 6}),
        ("obb", "yolo12n-obb-slicesamp", "yolo12n-obb", {"SliceSamp": 6}),
        ("classify", "yolov8n-cls-spd", "yolov8n-cls", {"SPDConv": 4}),
        ("semantic", "yolo26n-sem-slice", "yolo26n-sem", {"SliceSamp": 4, "SliceUpsamp": 2}),
    ],
)
def test_a_derived_model_trains_from_the_stock_models_weights(
    task: str,
    name: str,
    base: str,
    changed: dict[str, int],
    log: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if base.replace("n-", "-") not in stock_model_names() and task == "semantic":
        pytest.skip("this ultralytics has no semantic segmentation")
    monkeypatch.chdir(tmp_path)
    data = make_data(tmp_path / "data", task)
    _say_once.cache_clear()
    stock = YOLO(f"{base}.yaml")
    stock.save(tmp_path / "stock.pt")
    train(
        model=f"{name}.yaml", pretrained=tmp_path / "stock.pt", data=data, project=tmp_path / "runs", name="t", **QUICK
    )

    (derived,) = (m for m in log if m.startswith(f"yolo-slice: {name} is "))
    # the host's command loads the weights twice, and says "Transferred" twice
    (report,) = {m for m in log if m.startswith("yolo-slice: parameters by role: ")}
    print(derived, report, sep="\n")
    counts = {
        verb: int(n.replace(",", "")) for n, verb in re.findall(r"([\d,]+) (copied|converted|initialised)", report)
    }
    assert counts["copied"] > 0
    assert ("converted" in counts) == ("SPDConv" in changed)
    assert ("start untrained" in "\n".join(log)) == ("SliceSamp" in changed)

    best = tmp_path / "runs" / "t" / "weights" / "best.pt"
    model = YOLO(best)
    assert model.task == task
    layers = [type(layer).__name__ for layer in model.model.model]
    assert {block: layers.count(block) for block in changed} == changed
    assert [row[2].rpartition(".")[2] for row in model.model.yaml["backbone"] + model.model.yaml["head"]] == layers
    assert loads_elsewhere(best, tmp_path / "data") == layers
    results = (tmp_path / "runs" / "t" / "results.csv").read_text().splitlines()
    assert len(results) == 2
    assert "nan" not in results[1]


def test_its_checkpoint_trains_on_resumes_and_exports(
    log: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class StopHereError(Exception):
        pass

    def stop(trainer: Any) -> None:
        if trainer.epoch == 1:
            raise StopHereError

    monkeypatch.chdir(tmp_path)
    data = make_data(tmp_path / "data", "pose")
    model = YOLO("yolo11n-pose-slicesamp.yaml")
    model.add_callback("on_train_epoch_start", stop)
    runs = tmp_path / "runs"
    with pytest.raises(StopHereError):
        model.train(data=str(data), project=str(runs), name="first", **{**QUICK, "epochs": 2})
    last = runs / "first" / "weights" / "last.pt"
    train(model=last, resume=True)
    assert "from epoch 2 to 2 total epochs" in "\n".join(log)
    assert len((runs / "first" / "results.csv").read_text().splitlines()) == 3

    log.clear()
    train(model=last, data=data, project=runs, name="second", **QUICK)
    assert [m for m in log if m.startswith("yolo-slice: parameters")] == []  # the same architecture: nothing to say
    second = YOLO(runs / "second" / "weights" / "last.pt")
    assert any("Transferred" in m and len(set(re.findall(r"\d+", m))) == 1 for m in log)  # all of all

    exported = Path(second.export(format="torchscript", imgsz=SIDE))
    x = torch.rand(1, 3, SIDE, SIDE)
    with torch.no_grad():
        ours = second.model.float().eval()(x)[0]
        theirs = torch.jit.load(exported)(x)
    torch.testing.assert_close(theirs[0] if isinstance(theirs, tuple) else theirs, ours, atol=1e-3, rtol=0)
