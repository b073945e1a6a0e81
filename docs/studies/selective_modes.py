"""Learned, dilated and strided stages on small things on a large plain ground: mIoU, share kept, multiply-adds, time.

    python docs/studies/selective_modes.py runs/selective --epochs 40 --seeds 0 1 2
    python docs/studies/selective_modes.py runs/on --keep 0.28 --start runs/selective/dilated-0/weights/last.pt

Draws the data set into the folder, trains `yolo26n-select-sem.yaml` in each mode, validates with batch=1, and writes
a table, selective.csv, after every training. What is there already is not trained again.
"""

import argparse
import csv
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import yaml
from ultralytics import YOLO

from yolo_slice.paths import CFG

MODES = ("learned", "dilated", "strided")
NAMES = ("ground", "disc", "square", "ring")
HUES = ((60, 60, 210), (60, 180, 60), (210, 120, 60))  # of disc, square and ring, BGR
IMAGE = np.ndarray


@dataclass(frozen=True, slots=True)
class Row:
    """A training: its scores in percent, the share of blocks kept, and cost of the stage for an image."""

    mode: str
    seed: int
    miou: float
    accuracy: float
    kept: float
    effective_mmac: float
    dense_mmac: float
    stage_ms: float
    by_points: float


def draw(random: np.random.Generator, side: int) -> tuple[IMAGE, IMAGE]:
    """Draw a picture (side, side, 3) and its classes (side, side): 3 to 6 things of 7 to 18 pixels on a slope."""
    slope = np.linspace(random.uniform(60, 120), random.uniform(120, 200), side)[:, None] + np.zeros((side, side))
    slope = np.rot90(slope, int(random.integers(4)))
    image = slope[..., None] + random.uniform(-15, 15, 3) + random.normal(0, 6, (side, side, 3))
    image, classes = np.ascontiguousarray(image.clip(0, 255).astype(np.uint8)), np.zeros((side, side), np.uint8)
    for _ in range(random.integers(3, 7)):
        kind, radius = int(random.integers(1, 4)), int(random.integers(3, 10))
        x, y = (int(v) for v in random.integers(10, side - 10, 2))
        colour = tuple(int(v) for v in np.clip(np.add(HUES[kind - 1], random.normal(0, 20, 3)), 0, 255))
        for canvas, value in ((image, colour), (classes, (kind,))):
            if kind == 2:
                cv2.rectangle(canvas, (x - radius, y - radius), (x + radius, y + radius), value, -1)
            else:
                cv2.circle(canvas, (x, y), radius, value, -1 if kind == 1 else max(radius // 3, 1))
    return image, classes


def draw_data(folder: Path, train: int, val: int, side: int) -> Path:
    """Draw the data set, unless it is there; return its data.yaml."""
    file = folder / "data.yaml"
    if file.is_file():
        return file
    for split, count, seed in (("train", train, 1), ("val", val, 2)):
        random = np.random.default_rng(seed)
        for kind in ("images", "masks"):
            (folder / kind / split).mkdir(parents=True, exist_ok=True)
        for i in range(count):
            image, classes = draw(random, side)
            cv2.imwrite(str(folder / "images" / split / f"{i:04}.png"), image)
            cv2.imwrite(str(folder / "masks" / split / f"{i:04}.png"), classes)
    data = {"path": str(folder), "train": "images/train", "val": "images/val", "masks_dir": "masks"}
    file.write_text(yaml.safe_dump({**data, "names": dict(enumerate(NAMES))}), encoding="utf-8")
    return file


def model_file(folder: Path, mode: str, keep: float) -> str:
    """Write the model file of a mode and a share to keep; return its name at scale n."""
    text = (CFG / "models" / "semantic" / "yolo26-select-sem.yaml").read_text(encoding="utf-8")
    row = "SelectiveStage, [512, 6, learned, 0.5, 0.25]"
    assert text.count(row) == 1
    changed = text.replace(row, f"SelectiveStage, [512, 6, {mode}, 0.5, {keep}]")
    (folder / f"yolo26-{mode}-sem.yaml").write_text(changed, encoding="utf-8")
    return str(folder / f"yolo26n-{mode}-sem.yaml")


def measure(folder: Path, data: Path, mode: str, seed: int, keep: float, settings: dict[str, Any]) -> Row:
    """Train a mode from a seed, and validate what it is after the last epoch, image by image."""
    name = f"{mode}-{seed}"
    last = folder / name / "weights" / "last.pt"
    YOLO(model_file(folder, mode, keep)).train(
        data=str(data), project=str(folder), name=name, seed=seed, exist_ok=True, **settings
    )
    quiet = {"workers": 0, "plots": False, "verbose": False, "exist_ok": True}
    metrics = YOLO(last).val(
        data=str(data), imgsz=settings["imgsz"], batch=1, project=str(folder), name=f"{name}-val", **quiet
    )
    (stage,) = metrics.selective
    n, scores = stage.images, metrics.results_dict
    costs = stage.macs / n / 1e6, stage.dense / n / 1e6, stage.seconds / n * 1e3
    percent = scores["metrics/mIoU"] * 100, scores["metrics/mAcc"] * 100
    return Row(mode, seed, *percent, stage.kept / n, *costs, stage.by_points / n)


def read_rows(file: Path) -> Iterator[Row]:
    """Read what has been measured."""
    if file.is_file():
        with file.open(encoding="utf-8", newline="") as text:
            for record in csv.DictReader(text):
                numbers = {name: float(value) for name, value in record.items() if name not in ("mode", "seed")}
                yield Row(record["mode"], int(record["seed"]), **numbers)


def write_rows(file: Path, rows: list[Row]) -> None:
    """Write what has been measured."""
    with file.open("w", encoding="utf-8", newline="") as text:
        writer = csv.DictWriter(text, [field.name for field in fields(Row)])
        writer.writeheader()
        writer.writerows(asdict(row) for row in rows)


def main() -> None:
    """Run what the arguments say."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--epochs", type=int, default=40)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--modes", choices=MODES, nargs="+", default=MODES)
    parser.add_argument("--keep", type=float, default=0.25, help="share of blocks that the learned mask is to keep")
    parser.add_argument("--start", type=Path, help="weights to go on from, of any mode; none: from nothing")
    parser.add_argument("--train", type=int, default=200, help="images to train on")
    parser.add_argument("--val", type=int, default=80, help="images to validate on")
    parser.add_argument("--imgsz", type=int, default=192)
    parser.add_argument("--device", default="cpu")
    given = parser.parse_args()
    folder = given.folder.absolute()
    data, file = draw_data(folder / "data", given.train, given.val, given.imgsz), folder / "selective.csv"
    settings = {"imgsz": given.imgsz, "epochs": given.epochs, "device": given.device, "batch": 16, "workers": 0}
    settings |= {"pretrained": str(given.start.absolute())} if given.start else {}
    settings |= {"optimizer": "AdamW", "lr0": 2e-3, "mosaic": 0.0, "amp": False, "plots": False}
    rows = list(read_rows(file))
    for seed in given.seeds:
        for mode in given.modes:
            if not any((row.mode, row.seed) == (mode, seed) for row in rows):
                rows.append(measure(folder, data, mode, seed, given.keep, settings))
                write_rows(file, rows)
    print(file.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
