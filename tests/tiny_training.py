"""Data of a few tiny images for every task, and the stock command to train on it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import yaml
from ready_process import run_python
from ultralytics.cfg import entrypoint

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
    "depth": detect,
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
            for kind in ("images", "labels", "masks", "depth"):
                (root / kind / split).mkdir(parents=True, exist_ok=True)
            cv2.imwrite(str(root / "images" / split / f"{i}.png"), image)
            cv2.imwrite(str(root / "masks" / split / f"{i}.png"), (image[..., 0] > 128).astype(np.uint8))
            np.save(root / "depth" / split / f"{i}.npy", 1 + image[..., 0].astype(np.float32) / 64)  # metres
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


def train(**settings: Any) -> None:
    """Run the stock `yolo train` command, in this process."""
    entrypoint(" ".join(["train", *(f"{key}={value}" for key, value in settings.items())]))


def loads_elsewhere(weights: Path, folder: Path) -> list[str]:
    """Load a checkpoint in a process that knows of us by the checkpoint alone; return its layers' classes."""
    code = f"from ultralytics import YOLO; print(*(type(m).__name__ for m in YOLO({str(weights)!r}).model.model))"
    return run_python(code, folder=folder, TORCH_DEVICE_BACKEND_AUTOLOAD="0").splitlines()[-1].split()


class StopHereError(Exception):
    """What interrupts a training on purpose."""


def stop_in_second_epoch(trainer: Any) -> None:
    """Interrupt; a callback for `on_train_epoch_start`."""
    if trainer.epoch == 1:
        raise StopHereError
