"""Writes a study's folder as the engine leaves it: study.yaml and records, without any training."""

import json
import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

ARMS = ("stock", "ours")
SIZES = {"AP50": 0.2, "AP75": -0.05, "AP_S": -0.15, "AP_M": 0.02, "AP_L": 0.1}


def make_study(
    folder: Path,
    gains: Mapping[str, float] | None = None,
    seeds: Sequence[int] = (0, 1, 2, 3, 4),
    data: Sequence[str] = ("bccd",),
    noise: float = 0.01,
    **protocol: Any,
) -> Path:
    """Write a study in which arms differ from the first by a gain; luck is shared by a seed, and each arm's own."""
    gains = gains or dict.fromkeys(ARMS, 0.0)
    folder.mkdir(parents=True)
    entries = {
        "study": folder.name,
        "written": "2026-11-28T07:10:00+00:00",
        "arms": {arm: {"model": f"{arm}.yaml"} for arm in gains},
        "baseline": next(iter(gains)),
        "data": {name: f"/data/{name}.yaml" for name in data},
        "seeds": [*seeds],
        "train": {"epochs": 12, "imgsz": 160, "batch": 8},
        "metric": "AP",
        "epoch": "last",
        "interval": 0.95,
        "correction": "holm",
        "conclude": "better or worse when Holm-corrected p < 0.05",
    }
    (folder / "study.yaml").write_text(yaml.safe_dump(entries | protocol, sort_keys=False), encoding="utf-8")
    rng = random.Random(11)
    for name in data:
        for seed in seeds:
            luck = rng.gauss(0.35, 0.02)
            for arm, gain in gains.items():
                write_record(folder, name, arm, seed, luck + gain + rng.gauss(0, noise))
    return folder


def numbers(ap: float, epoch: int = 12, classes: Sequence[str] = ("RBC", "WBC")) -> dict[str, Any]:
    """COCO's numbers of one epoch around an AP."""
    of_class = {name: {"AP": ap - 0.1 + 0.2 * i, "AP50": ap + 0.2 * i} for i, name in enumerate(classes)}
    return {"epoch": epoch, "AP": ap, **{name: ap + shift for name, shift in SIZES.items()}, "classes": of_class}


def write_record(folder: Path, data: str, arm: str, seed: int, ap: float = 0.35, **changed: Any) -> Path:
    """Write the record of a finished cell, with entries changed."""
    stock = arm == ARMS[0]
    record = {
        "study": folder.name,
        "data": data,
        "arm": arm,
        "seed": seed,
        "state": "finished",
        "error": None,
        "settings": {"epochs": 12, "imgsz": 160, "batch": 8, "model": f"{arm}.yaml", "seed": seed, "name": str(seed)},
        "versions": {"python": "3.11.2", "torch": "2.9.1", "ultralytics": "8.4.190", "yolo-slice": "0.1.0"},
        "git": "abc1234",
        "device": "cpu, 1 thread",
        "host": "h",
        "started": "2026-11-28T07:10:00+00:00",
        "finished": "2026-11-28T07:20:00+00:00",
        "wall_s": 360.0 if stock else 540.0,
        "cpu_s": 350.0,
        "peak_memory_mb": 900.0 + seed,
        "peak_gpu_memory_mb": None,
        "resumed": 0,
        "parameters": 3_000_000 if stock else 2_700_000,
        "gflops": 8.0 if stock else 7.2,
        "epochs": [
            {"epoch": e, "mAP50": ap * e / 12 + 0.2, "mAP50-95": ap * e / 12, "val/box_loss": 3 - e / 12}
            for e in range(1, 13)
        ],
        "last": numbers(ap),
        "best": numbers(ap + 0.01, epoch=11),
        "latency": None,
    }
    file = folder / data / arm / f"seed={seed}" / "record.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(record | changed), encoding="utf-8")
    return file
