"""All arms of the same weights start with BatchNorm statistics: conversions restore them, and would win by that."""

from pathlib import Path

import cv2
import numpy as np
import torch
from small_study import small_study
from ultralytics import YOLO

from yolo_slice.study.arms import Arm
from yolo_slice.study.cell import Cell
from yolo_slice.study.protocol import read_protocol
from yolo_slice.study.start import preparation_seconds, prepare_start
from yolo_slice.transfer.batchnorms import find_folded


def study_of(tmp_path: Path, has_statistics: bool) -> tuple[Cell, Path]:
    """A study with one arm, weights as they are."""
    torch.manual_seed(0)
    yolo = YOLO("yolov5n.yaml")  # fresh: its statistics are 0 and 1, as those of exported weights
    if has_statistics:
        for bn in find_folded(yolo.model):
            torch.nn.init.uniform_(bn.get_buffer("running_mean"))
    yolo.save(tmp_path / "w.pt")
    images = tmp_path / "images"
    images.mkdir()
    rng = np.random.default_rng(0)
    for number in range(8):
        cv2.imwrite(str(images / f"{number}.png"), rng.integers(0, 256, (64, 64, 3), dtype=np.uint8))
    (tmp_path / "d.yaml").write_text(f"path: {tmp_path}\ntrain: images\nval: images\nnames: [a]\n")
    arms = {"w.pt": Arm(str(tmp_path / "w.pt"))}
    settings = {"arms": arms, "baseline": "w.pt", "data": {"d": str(tmp_path / "d.yaml")}, "seeds": (0,)}
    return small_study(tmp_path / "s", **settings, train={"epochs": 1, "imgsz": 64})[0], tmp_path / "w.pt"


def test_weights_without_statistics_get_them_once(tmp_path: Path) -> None:
    cell, weights = study_of(tmp_path, has_statistics=False)
    start = Path(prepare_start(cell, read_protocol(cell.root), "cpu"))
    assert start == cell.start_file
    assert len(find_folded(YOLO(weights).model)) > len(find_folded(YOLO(start).model)) == 0
    assert preparation_seconds(cell) is not None
    made = start.stat().st_mtime_ns
    assert prepare_start(cell, read_protocol(cell.root), "cpu") == str(start)
    assert start.stat().st_mtime_ns == made


def test_weights_with_statistics_are_what_training_starts_from(tmp_path: Path) -> None:
    cell, weights = study_of(tmp_path, has_statistics=True)
    assert prepare_start(cell, read_protocol(cell.root), "cpu") == str(weights)
    assert preparation_seconds(cell) is None
