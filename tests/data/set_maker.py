"""Makes a small faultless data set in each format; every image shows something else."""

import json
import zlib
from pathlib import Path

import numpy as np
import yaml
from PIL import Image
from voc_maker import annotation_xml, box_xml, save_annotation, save_list

SPLITS = {"train": ("a", "b"), "val": ("c",)}
WH = (100, 80)
NAMES = ("cat", "dog")
BOX = (11, 21, 31, 61)  # VOC; COCO [10, 20, 20, 40]; YOLO 0.2 0.5 0.2 0.5


def save_noise(file: Path, wh=WH, orientation=1, seed=None, **options):
    file.parent.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(zlib.crc32(str(seed or file.name).encode()))
    exif = Image.Exif()
    exif[274] = orientation
    Image.fromarray(rng.integers(0, 255, (wh[1], wh[0], 3), np.uint8)).save(file, exif=exif, **options)


def make_voc_set(root: Path):
    for split, stems in SPLITS.items():
        save_list(root, split, " ".join(stems))
        for stem in stems:
            save_noise(root / f"JPEGImages/{stem}.jpg")
            save_annotation(root / f"Annotations/{stem}.xml", annotation_xml(*(box_xml(name, BOX) for name in NAMES)))
    return root


def make_yolo_set(root: Path):
    for split, stems in SPLITS.items():
        for stem in stems:
            save_noise(root / f"images/{split}/{stem}.jpg")
            save_rows(root, f"{split}/{stem}", *(f"{number} 0.2 0.5 0.2 0.4" for number in range(len(NAMES))))
    save_yaml(root, train="images/train", val="images/val", names=dict(enumerate(NAMES)))
    return root


def make_coco_set(root: Path):
    for split, stems in SPLITS.items():
        images = [
            {"id": number, "file_name": f"{stem}.jpg", "width": WH[0], "height": WH[1]}
            for number, stem in enumerate(stems, 1)
        ]
        annotations = [
            {"id": 10 * image["id"] + number, "image_id": image["id"], "category_id": number, "area": 500,
             "bbox": [10, 20, 20, 40], "iscrowd": 0}
            for image in images for number in (1, 2)
        ]  # fmt: skip
        categories = [{"id": number, "name": name} for number, name in enumerate(NAMES, 1)]
        save_coco(root, split, {"images": images, "annotations": annotations, "categories": categories})
        for stem in stems:
            save_noise(root / f"images/{split}/{stem}.jpg")
    return root


def save_rows(root: Path, place, *rows):
    file = root / "labels" / f"{place}.txt"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("".join(f"{row}\n" for row in rows), encoding="utf-8")


def save_yaml(root: Path, **data):
    (root / "data.yaml").write_text(yaml.safe_dump(data, allow_unicode=True), encoding="utf-8")


def save_coco(root: Path, split, data):
    file = root / f"annotations/instances_{split}.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(data), encoding="utf-8")


def load_coco(root: Path, split="train"):
    return json.loads((root / f"annotations/instances_{split}.json").read_text("utf-8"))


MAKERS = {"voc": make_voc_set, "yolo": make_yolo_set, "coco": make_coco_set}
