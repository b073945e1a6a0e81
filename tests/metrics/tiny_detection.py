"""A network that finds something in noise without training, and a small data set in which that is mostly right."""

from pathlib import Path

import cv2
import numpy as np
import torch
import yaml
from ultralytics import YOLO

QUICK = {"imgsz": 160, "batch": 4, "workers": 0, "plots": False, "verbose": False}


def make_data_set(root: Path, count: int = 6) -> Path:
    """Noise of several sizes, some of it a folder deeper; the objects are what `make_model` finds, moved a little.

    Stems repeat, so ids must be whole paths; the first image has no object. 6 of the 15 objects are of class 1.
    """
    rng = np.random.default_rng(0)
    model = make_model()
    for n in range(count):
        h, w = 90 + 30 * n, 200 - 10 * n
        image = root / f"images/val/{'deep/' if n % 2 else ''}{n // 2}.png"
        label = root / f"labels/val/{'deep/' if n % 2 else ''}{n // 2}.txt"
        for file in (image, label):
            file.parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(image), rng.integers(0, 255, (h, w, 3), dtype=np.uint8))
        boxes = model.predict(image, imgsz=160, conf=0.4, verbose=False)[0].boxes[: 2 * n : 2]
        moved = np.clip(boxes.xywhn.numpy() * rng.uniform(0.9, 1.05, (len(boxes), 4)), 0, 1)
        rows = [f"{k % 2} {x} {y} {bw} {bh}\n" for k, (x, y, bw, bh) in enumerate(moved.tolist())]
        label.write_text("".join(rows))
    data = {"path": str(root), "train": "images/val", "val": "images/val", "names": {0: "first", 1: "second"}}
    file = root / "data.yaml"
    file.write_text(yaml.safe_dump(data))
    return file


def make_model(file: str = "yolov8n.yaml", classes: int = 2) -> YOLO:
    """Random weights with scores about one half, and boxes of about two strides, so that there are detections."""
    torch.manual_seed(0)
    model = YOLO(file)
    if classes == 2:
        model.model = type(model.model)(file, nc=classes, verbose=False)
    with torch.no_grad():
        for scores, sides in zip(model.model.model[-1].cv3, model.model.model[-1].cv2, strict=True):
            scores[-1].bias.zero_()
            scores[-1].weight *= 30
            sides[-1].bias.view(4, 16)[:, 1] += 5
    return model
