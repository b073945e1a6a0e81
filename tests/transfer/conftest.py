"""The small detector as a checkpoint, and pictures to calibrate on."""

from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from small_detector import MODEL, randomise
from ultralytics import YOLO


@pytest.fixture(scope="session")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The detector, saved as Ultralytics saves it."""
    folder = tmp_path_factory.mktemp("detector")
    (folder / "smalln.yaml").write_text(MODEL)
    torch.manual_seed(0)
    yolo = YOLO(folder / "smalln.yaml", task="detect")
    yolo.ckpt = {"train_args": {}}
    randomise(yolo.model)
    yolo.save(folder / "small.pt")
    return folder / "small.pt"


@pytest.fixture(scope="session")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of 16 smooth random pictures of two shapes."""
    folder = tmp_path_factory.mktemp("pictures")
    rng = np.random.default_rng(0)
    for number in range(16):
        coarse = rng.integers(0, 256, (12, 16, 3) if number % 2 else (16, 16, 3), dtype=np.uint8)
        cv2.imwrite(str(folder / f"{number}.png"), cv2.resize(coarse, None, fx=6, fy=6, interpolation=cv2.INTER_CUBIC))
    return folder
