"""The commands, with a small real model."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from ultralytics import YOLO

from yolo_slice import cli

SMALL = ["model=small.pt", "imgsz=64", "conf=0.0"]


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Random weights with names of classes."""
    model = YOLO("yolov8n.yaml")
    model.model.names = dict(enumerate(["person", "horse", *map(str, range(2, 80))]))
    path = tmp_path_factory.mktemp("weights") / "small.pt"
    model.save(path)
    return path


@pytest.fixture(autouse=True)
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, weights: Path) -> Path:
    monkeypatch.chdir(tmp_path)
    shutil.copy(weights, tmp_path)
    cv2.imwrite("a.png", np.random.default_rng(0).integers(0, 255, (48, 64, 3), np.uint8))
    return tmp_path


def test_a_real_model_from_the_command_line(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    assert cli.main(["cam", *SMALL, "source=a.png", "classes=person", "method=gradcam,eigencam"]) == 0
    assert "maps in" in capsys.readouterr().out
    for method in ("Grad-CAM", "Eigen-CAM"):
        heat = np.load(folder / "runs" / "cam" / "cam" / f"a-{method}.npy")
        assert heat.shape == (48, 64)
        assert 0 <= heat.min() <= heat.max() <= 1
    assert (folder / "runs" / "cam" / "cam" / "sheet.png").is_file()


def test_score_from_the_command_line(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    for split in ("train", "val"):
        (folder / "images" / split).mkdir(parents=True)
        (folder / "labels" / split).mkdir(parents=True)
        (folder / "images" / split / "a.png").write_bytes(Path("a.png").read_bytes())
        (folder / "labels" / split / "a.txt").write_text("1 0.5 0.5 0.5 0.5\n")
    Path("data.yaml").write_text(
        f"path: {folder.as_posix()}\ntrain: images/train\nval: images/val\nnames: [tower, person]\n"
    )
    assert cli.main(["cam", "score", *SMALL, "data=data.yaml", "steps=2"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(" | ")[2] for line in lines if line.startswith("| small")] == ["HiResCAM", "random", "centre"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "model= is missing; for example: yolo-slice cam model="),
        (["model=a.png", "source=a.png"], "a.png"),
        (["model=nowhere.pt", "source=a.png"], "nowhere.pt"),
        ([*SMALL, "source=nowhere.jpg"], "source=nowhere.jpg"),
        ([*SMALL, "source=a.png", "classes=persn"], "did you mean person"),
        ([*SMALL, "source=a.png", "method=gradcm"], "did you mean"),
        ([*SMALL, "source=a.png", "layers=99"], "99"),
        ([*SMALL, "source=a.png", "clases=person"], "did you mean classes="),
        (["score", *SMALL], "data= is missing; for example: yolo-slice cam score"),
        (["score", *SMALL, "data=nowhere.yaml"], "nowhere.yaml"),
    ],
)
def test_mistakes_are_one_line(
    capsys: pytest.CaptureFixture[str], folder: Path, words: list[str], message: str
) -> None:
    assert cli.main(["cam", *words]) in (1, 2)
    error = capsys.readouterr().err.strip()
    assert message in error
    assert error.splitlines()[-1].startswith("yolo-slice: ")
    assert "Traceback" not in error
    assert not (folder / "runs").exists()


def test_a_text_file_as_model_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    Path("model.pt").write_text("no model")
    assert cli.main(["cam", "model=model.pt", "source=a.png"]) == 1
    assert capsys.readouterr().err.strip().splitlines()[-1].startswith("yolo-slice: ")


@pytest.mark.slow
def test_yolo_cam_is_the_same_command(folder: Path) -> None:
    """The host's own script, in a process of its own."""
    code = "import sys; from ultralytics.cfg import entrypoint; sys.argv = ['yolo', *sys.argv[1:]]; entrypoint()"
    done = subprocess.run(
        [sys.executable, "-c", code, "cam", *SMALL, "source=a.png", "classes=person", "sheet=False"],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env=os.environ | {"PYTHONIOENCODING": "utf-8"},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert (folder / "runs" / "cam" / "cam" / "a.npy").is_file()
