"""ResNet-18 with three down-samplers on images of CIFAR's size, seed by seed.

    python docs/studies/cifar_size.py voc=my-voc out=runs/cifar-size epochs=20 seeds=3
    python docs/studies/cifar_size.py data=cifar10 out=runs/cifar-size epochs=20 seeds=3

`voc` is a VOC folder: its objects are cut out as squares and made 32 x 32, its train and val lists kept. Each training
is told in a line of out/results.jsonl; what is there already is not trained again. The learning rate falls to a tenth
after two thirds of the epochs, by the key `schedule`.
"""

import csv
import json
import math
import statistics
import sys
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import yaml
from ultralytics import YOLO
from ultralytics.nn.tasks import yaml_model_load

ARMS = ("maxpool", "slicesamp", "patchmerging")
SIDE, SMALLEST = 32, 20  # pixels: of an image, and of the longer side of an object that is cut out
FEWEST = 40  # objects in the training part of a class that is kept
RECIPE: dict[str, Any] = {
    "imgsz": SIDE, "batch": 64, "nbs": 64, "optimizer": "SGD", "lr0": 0.05, "momentum": 0.9, "weight_decay": 5e-4,
    "warmup_epochs": 1, "auto_augment": None, "erasing": 0, "hsv_h": 0, "hsv_s": 0, "hsv_v": 0,
    "pretrained": False, "amp": False, "workers": 0, "plots": False, "exist_ok": True,
}  # fmt: skip


def objects(voc: Path, split: str) -> Iterator[tuple[str, str, np.ndarray]]:
    """Yield a name, a class and a picture of every object that is large enough and not difficult."""
    for name in (voc / "ImageSets" / "Main" / f"{split}.txt").read_text(encoding="utf-8").split():
        image = cv2.imread(str(next((voc / "JPEGImages").glob(f"{name}.*"))))
        for i, item in enumerate(ET.parse(voc / "Annotations" / f"{name}.xml").iter("object")):
            x1, y1, x2, y2 = (float(item.findtext(f"bndbox/{key}", "0")) for key in ("xmin", "ymin", "xmax", "ymax"))
            side = round(max(x2 - x1, y2 - y1))
            if image is None or side < SMALLEST or item.findtext("difficult") == "1":
                continue
            x, y = round((x1 + x2 - side) / 2), round((y1 + y2 - side) / 2)
            padded = cv2.copyMakeBorder(image, side, side, side, side, cv2.BORDER_REPLICATE)
            square = padded[y + side : y + 2 * side, x + side : x + 2 * side]
            yield (
                f"{name}_{i}",
                item.findtext("name", ""),
                cv2.resize(square, (SIDE, SIDE), interpolation=cv2.INTER_AREA),
            )


def cut_out(voc: Path, folder: Path) -> Path:
    """Write the objects of a VOC folder as Ultralytics' folders of classes."""
    found = {split: [*objects(voc, split)] for split in ("train", "val")}
    names = [cls for _, cls, _ in found["train"]]
    kept = {cls for cls in names if names.count(cls) >= FEWEST}
    for split, pictures in found.items():
        for name, cls, picture in pictures:
            if cls in kept:
                (folder / split / cls).mkdir(parents=True, exist_ok=True)
                cv2.imwrite(str(folder / split / cls / f"{name}.png"), picture)
    return folder


def train(arm: str, seed: int, given: dict[str, str], out: Path) -> dict[str, Any]:
    """Train one model from nothing; return its accuracy in the last epoch and in its best."""
    data, epochs, device = given["data"], int(given["epochs"]), given["device"]
    d = yaml_model_load(f"resnet18-{arm}-cls.yaml")
    file = out / f"resnet18-{arm}-cls.yaml"
    schedule = {"steps": [max(2 * epochs // 3, 1)], "gamma": 0.1}
    kept = {key: value for key, value in d.items() if key not in ("scale", "yaml_file")}
    file.write_text(yaml.safe_dump({**kept, "schedule": schedule}), encoding="utf-8")
    run = out.resolve() / f"{arm}-{seed}"
    YOLO(file).train(
        **RECIPE, data=data, epochs=epochs, seed=seed, device=device, project=str(run.parent), name=run.name
    )
    with (run / "results.csv").open(encoding="utf-8") as rows:
        top1 = [float(row["metrics/accuracy_top1"]) for row in csv.DictReader(rows, skipinitialspace=True)]
    return {"arm": arm, "seed": seed, "epochs": epochs, "data": Path(data).name, "last": top1[-1], "best": max(top1)}


def table(results: list[dict[str, Any]]) -> str:
    """Write mean and standard deviation of each arm, and its differences from the first one, seed by seed."""
    lines = [
        "| arm | seeds | top-1 ± sd | difference, each seed | mean difference ± standard error |",
        "|---|---|---|---|---|",
    ]
    of = {arm: {r["seed"]: r["last"] for r in results if r["arm"] == arm} for arm in ARMS}
    for arm, found in ((arm, found) for arm, found in of.items() if found):
        values, seeds = [*found.values()], found.keys() & of[ARMS[0]].keys()
        pairs = [found[seed] - of[ARMS[0]][seed] for seed in sorted(seeds)] if arm != ARMS[0] else []
        error = statistics.stdev(pairs) / math.sqrt(len(pairs)) if len(pairs) > 1 else math.nan
        mean = f"{statistics.mean(values):.3f} ± {statistics.stdev(values) if len(values) > 1 else math.nan:.3f}"
        paired = (
            f"{' '.join(f'{p:+.3f}' for p in pairs)} | {statistics.mean(pairs):+.3f} ± {error:.3f}" if pairs else " | "
        )
        lines.append(f"| {arm} | {len(values)} | {mean} | {paired} |")
    return "\n".join(lines)


def main() -> None:
    """Train what is missing, seed after seed, and print the table after each training."""
    given = {"data": "", "voc": "", "out": "cifar-size", "epochs": "20", "seeds": "3", "device": "cpu"}
    told = dict(word.partition("=")[::2] for word in sys.argv[1:])
    if not told.keys() <= given.keys() or bool(told.get("voc")) is bool(told.get("data")):
        sys.exit(f"expected voc= or data=, and of {', '.join(given)} what differs; got {told}\n{__doc__}")
    given |= told
    lists = Path(given["voc"]) / "ImageSets" / "Main"
    if int(given["epochs"]) < 1 or (given["voc"] and not lists.is_dir()):
        sys.exit(f"expected epochs=1 or more, and a VOC folder, with ImageSets/Main; got {told}")
    out = Path(given["out"])
    out.mkdir(parents=True, exist_ok=True)
    if given["voc"]:
        given["data"] = str(cut_out(Path(given["voc"]), out.resolve() / "objects"))
    file = out / "results.jsonl"
    results = [json.loads(line) for line in file.read_text("utf-8").splitlines()] if file.is_file() else []
    if any(r["epochs"] != int(given["epochs"]) for r in results):
        sys.exit(f"{file} has trainings of {results[0]['epochs']} epochs: choose another out=")
    for seed in range(int(given["seeds"])):
        for arm in ARMS:
            if not any((r["arm"], r["seed"]) == (arm, seed) for r in results):
                results.append(train(arm, seed, given, out))
                with file.open("a", encoding="utf-8") as lines:
                    lines.write(json.dumps(results[-1]) + "\n")
                print(table([r for r in results if r["seed"] <= seed]), flush=True)


if __name__ == "__main__":
    main()
