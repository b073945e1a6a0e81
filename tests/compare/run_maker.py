"""Writes run folders as Ultralytics leaves them."""

import copy
import functools
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import torch
import yaml
from ultralytics.nn.tasks import DetectionModel

HEADER = (
    "epoch,time,train/box_loss,metrics/precision(B),metrics/recall(B),metrics/mAP50(B),metrics/mAP50-95(B),val/box_loss"
)
SETTINGS = {
    "task": "detect",
    "mode": "train",
    "model": "yolov8n.yaml",
    "data": "bccd/data.yaml",
    "epochs": 3,
    "patience": 100,
    "time": None,
    "batch": 16,
    "imgsz": 640,
    "pretrained": True,
    "optimizer": "auto",
    "lr0": 0.01,
    "seed": 0,
    "resume": False,
}
TINY = {
    "nc": 2,
    "backbone": [[-1, 1, "Conv", [8, 3, 2]], [-1, 1, "Conv", [8, 3, 2]]],
    "head": [[[0, 1], 1, "Detect", ["nc"]]],
}


def line(epoch: int, map50_95: float, loss: float = 1.0) -> str:
    """A row of HEADER; P, R and mAP50 follow from the mAP50-95."""
    return f"{epoch},{epoch * 2.5},0.9,{map50_95 + 0.4:.6g},{map50_95 + 0.3:.6g},{map50_95 + 0.2:.6g},{map50_95},{loss}"


def make_run(
    folder: Path, fitness: Iterable[float] = (0.1, 0.3, 0.2), text: str | None = None, **settings: Any
) -> Path:
    """Write args.yaml and results.csv with one row for each mAP50-95, or with the given text."""
    folder.mkdir(parents=True)
    arguments = {**SETTINGS, "name": folder.name, "save_dir": str(folder), **settings}
    (folder / "args.yaml").write_text(yaml.safe_dump(arguments), encoding="utf-8")
    rows = [line(epoch, value) for epoch, value in enumerate(fitness, start=1)]
    (folder / "results.csv").write_text(text or "\n".join([HEADER, *rows, ""]), encoding="utf-8")
    return folder


def add_checkpoint(
    folder: Path,
    model_file: str = "yolov8n.yaml",
    epoch: int = -1,
    metrics: Mapping[str, float] | None = None,
    settings: Mapping[str, Any] | None = None,
    classes: int = 2,
) -> None:
    """Write a best.pt as Ultralytics does (-1: training has ended) around a tiny network."""
    arguments = yaml.safe_load((folder / "args.yaml").read_text(encoding="utf-8"))
    checkpoint = {
        "epoch": epoch,
        "model": _network(model_file, classes),
        "train_args": {**arguments, **(settings or {})},
        "train_metrics": dict(metrics or {}),
        "version": "8.4.190",
    }
    (folder / "weights").mkdir()
    torch.save(checkpoint, folder / "weights" / "best.pt")


@functools.cache
def _network(model_file: str, classes: int) -> DetectionModel:
    network = DetectionModel(
        {**copy.deepcopy(TINY), "nc": classes, "yaml_file": f"somewhere/{model_file}"}, verbose=False
    )
    network.args = {}
    return network.half()
