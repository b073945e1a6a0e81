"""A folder in which everything lies that the commands of README and documentation name, each as small as can be."""

import json
from pathlib import Path

import cv2
import numpy as np
import yaml
from ultralytics import YOLO
from ultralytics.nn.tasks import yaml_model_load
from ultralytics.utils import YAML
from ultralytics.utils.checks import check_yaml

VOC = {
    0: "aeroplane", 1: "bicycle", 2: "bird", 3: "boat", 4: "bottle", 5: "bus", 6: "car", 7: "cat", 8: "chair", 9: "cow",
    10: "diningtable", 11: "dog", 12: "horse", 13: "motorbike", 14: "person", 15: "pottedplant", 16: "sheep",
    17: "sofa", 18: "train", 19: "tvmonitor",
}  # fmt: skip
COUNTS = {"train": 8, "val": 4}  # 8 are the fewest to calibrate on
SIDE = 64
NARROW = 0.0625  # of a model's channels: a quarter of the n scale's


def make_folder(root: Path) -> None:
    """Fill a folder: data sets, images, a video, detections, and weights that find something everywhere."""
    for name in ("my-data", "BCCD"):
        make_voc(root / name)
    for name in ("your.yaml", "my.yaml", "data.yaml"):
        make_yolo(root / "plain", root / name)
    for split, count in COUNTS.items():
        for number in range(count):
            draw(root / "my-photos" / split / ("cat", "dog")[number % 2] / f"{number}.jpg", number)
    (root / "images").mkdir()
    for number in range(2):
        draw(root / "images" / f"{number}.jpg", number)
    draw(root / "image.jpg", 0)
    make_video(root / "video.mp4")
    make_detections(root)
    for name in ("best", "stock", "slice"):
        make_weights(root / f"{name}.pt")
    stock = YOLO("yolov8n.yaml")
    stock.model.names = YAML.load(check_yaml("coco128.yaml"))["names"]
    stock.save(root / "yolov8n.pt")


def make_datasets(root: Path) -> None:
    """Fill Ultralytics' folder of data sets with those that `data=` names, so that none is fetched."""
    make_voc(root / "VOCdevkit" / "VOC2012")
    for name, train, row in (
        ("coco128", "train2017", "0 .4 .4 .5 .5"),
        ("coco8-seg", "train", "0 .1 .1 .6 .1 .6 .6 .1 .6"),
        ("coco8-pose", "train", "0 .4 .4 .5 .5" + " .4 .4 2" * 17),
    ):
        for split in dict.fromkeys((train, train if name == "coco128" else "val")):
            for number in range(4):
                draw(root / name / "images" / split / f"{number}.jpg", number)
                write(root / name / "labels" / split / f"{number}.txt", row)


def make_voc(root: Path) -> None:
    """Write VOC XML in which each image has some of the twenty classes."""
    for split, count in COUNTS.items():
        names = [f"{split}{number}" for number in range(count)]
        write(root / "ImageSets" / "Main" / f"{split}.txt", "".join(f"{name}\n" for name in names))
        for number, name in enumerate(names):
            draw(root / "JPEGImages" / f"{name}.jpg", number + 10 * len(split))
            objects = "".join(
                f"<object><name>{voc}</name><bndbox><xmin>{5 + i}</xmin><ymin>9</ymin><xmax>{40 + i}</xmax>"
                f"<ymax>50</ymax></bndbox></object>"
                for i, voc in enumerate(list(VOC.values())[number % 4 :: 4])
            )
            size = f"<size><width>{SIDE}</width><height>{SIDE}</height><depth>3</depth></size>"
            write(root / "Annotations" / f"{name}.xml", f"<annotation>{size}{objects}</annotation>")


def make_yolo(root: Path, file: Path) -> None:
    """Write images, labels, and a data YAML."""
    for split, count in COUNTS.items():
        for number in range(count):
            draw(root / "images" / split / f"{number}.jpg", number + 10 * len(split))
            write(root / "labels" / split / f"{number}.txt", f"{number} .4 .4 .5 .5\n")
    data = {"path": str(root), "train": "images/train", "val": "images/val", "names": VOC}
    write(file, yaml.safe_dump(data))


def make_detections(root: Path) -> None:
    """Write a ground truth as COCO JSON, and detections in the images of my-data."""
    box = {"bbox": [5, 9, 35, 41], "category_id": 1}
    annotation = {"id": 1, "image_id": 1, "area": 1435, "iscrowd": 0, **box}
    images = [{"id": 1, "file_name": "val0.jpg", "width": SIDE, "height": SIDE}]
    truth = {"images": images, "annotations": [annotation], "categories": [{"id": 1, "name": VOC[0]}]}
    write(root / "instances.json", json.dumps(truth))
    write(
        root / "found.json",
        json.dumps([{"image_id": "val0", "score": 0.9, "bbox": box["bbox"], "category_id": VOC[0]}]),
    )


def make_weights(file: Path) -> None:
    """Save a narrow detector of VOC's classes, which is sure to see each of them in every place."""
    model = yaml_model_load("yolov8n.yaml") | {"nc": len(VOC), "scales": {"n": [0.33, NARROW, 1024]}}
    source = write(file.with_suffix(".yaml"), yaml.safe_dump(model))
    yolo = YOLO(source, task="detect")
    source.unlink()
    yolo.model.names = VOC
    yolo.ckpt = {"train_args": {"imgsz": SIDE}}
    for level in yolo.model.model[-1].cv3:
        level[-1].bias.data += 6
    yolo.save(file)


def make_video(file: Path) -> None:
    video = cv2.VideoWriter(str(file), cv2.VideoWriter_fourcc(*"mp4v"), 10, (SIDE, SIDE))
    for number in range(3):
        video.write(noise(number))
    video.release()


def draw(file: Path, seed: int) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(file), noise(seed))


def noise(seed: int) -> np.ndarray:
    """A picture unlike that of any other seed, (SIDE, SIDE, 3) BGR."""
    coarse = np.random.default_rng(seed).integers(0, 256, (8, 8, 3), dtype=np.uint8)
    return np.asarray(cv2.resize(coarse, (SIDE, SIDE), interpolation=cv2.INTER_NEAREST))


def write(file: Path, text: str) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return file
