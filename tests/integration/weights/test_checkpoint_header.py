"""Class names of checkpoints without torch: those of real ones, and nothing in a hostile one is run."""

import os
import pickle
import zipfile
from pathlib import Path
from typing import Any

import pytest
import torch
from ultralytics import YOLO

from yolo_slice.errors import SliceError
from yolo_slice.integration.weights.checkpoint_header import read_class_names
from yolo_slice.integration.weights.model_name import check_model


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("weights") / "best.pt"
    model = YOLO("yolov8n.yaml").model
    model.names = {0: "cat", 1: "black cow"}
    torch.save({"epoch": -1, "ema": model.half(), "model": None, "train_args": {"imgsz": 64}}, file)
    return file


def test_names_of_a_checkpoint(checkpoint: Path) -> None:
    assert read_class_names(checkpoint) == {0: "cat", 1: "black cow"} == YOLO(checkpoint).names
    assert check_model(str(checkpoint)) == {0: "cat", 1: "black cow"}


def test_names_of_real_weights(real_data: Path) -> None:
    names = read_class_names(real_data / "weights" / "yolov8n_dq.pt")
    assert names is not None
    assert (len(names), names[0], names[79]) == (80, "person", "toothbrush")


class Hostile:
    def __reduce__(self) -> Any:
        return os.mkdir, ("owned",)


def test_nothing_in_it_is_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with zipfile.ZipFile("a.pt", "w") as archive:
        archive.writestr("a/data.pkl", pickle.dumps({"model": Hostile(), "ema": None}))
    assert read_class_names(Path("a.pt")) is None
    assert not Path("owned").exists()


def test_what_only_torch_can_tell(tmp_path: Path, checkpoint: Path) -> None:
    torch.save([1, 2], tmp_path / "list.pt")
    torch.save({"model": torch.ones(1)}, tmp_path / "old.pt", _use_new_zipfile_serialization=False)
    assert [read_class_names(tmp_path / name) for name in ("list.pt", "old.pt")] == [None, None]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the file is empty; copy or download it again"),
        (b"<html>", "not a PyTorch checkpoint; it begins with b'<htm'"),
        (b"PK\x03\x04 and no more", r"cut short or damaged \(16 bytes\)"),
    ],
)
def test_what_is_none(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "a.pt").write_bytes(content)
    with pytest.raises(SliceError, match=message):
        check_model(str(tmp_path / "a.pt"))


def test_a_checkpoint_cut_short(tmp_path: Path, checkpoint: Path) -> None:
    whole = checkpoint.read_bytes()
    for length in (100, len(whole) // 2, len(whole) - 1):
        (tmp_path / "cut.pt").write_bytes(whole[:length])
        with pytest.raises(SliceError, match="cut short or damaged"):
            read_class_names(tmp_path / "cut.pt")


@pytest.mark.parametrize(
    "name", ["yolo26n.pt", "yolo26n", "yolov5s.pt", "https://example.org/a.pt", "yolo11n-seg-slice.yaml"]
)
def test_names_that_ultralytics_may_know(name: str) -> None:
    assert check_model(name) is None


@pytest.mark.parametrize("name", ["best.pt", "yolov8n-best.pt", "runs/best.pt", "best.onnx", "yolo11n-sge-slice.yaml"])
def test_names_that_nobody_knows(name: str) -> None:
    with pytest.raises(SliceError, match=f"model={name}"):
        check_model(name)
