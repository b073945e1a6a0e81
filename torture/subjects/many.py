"""Many images and many annotations: time and memory, in a process of its own."""

import io
import json
import os
from pathlib import Path

import numpy as np
from PIL import Image

from torture.ends import check_end
from torture.fell import FellError
from torture.process import start_fresh
from torture.room import Room, Unchanged

IMAGES, OF_THESE = 20_000, 5_000
ANNOTATIONS = 500_000
LIMIT_S, LIMIT_MIB = 60, 2048
CHECK, CONVERT = "data check ../inputs/set", "data convert ../inputs/set out images=link"
CASES = (
    "20,000 images of YOLO: check",
    "500,000 annotations of COCO: check",
    "20,000 images of VOC: check",
    "20,000 images of YOLO: convert to coco",
    "500,000 annotations of COCO: convert to yolo",
    "20,000 images of VOC: convert to yolo",
)
FOLDERS = {
    "YOLO": ("images/train", "images/val", "labels/train", "labels/val"),
    "COCO": ("images/train", "images/val", "annotations"),
    "VOC": ("JPEGImages", "Annotations", "ImageSets/Main"),
}
FAST, COUNT = 1, len(CASES)


def run(case: str, room: Room) -> None:
    """Make a set, use it, and compare time and memory with the limits."""
    made, done = case.split(": ")
    part = 40 if room.fast else 1
    root, kind = room.inputs / "set", made.rpartition(" ")[2]
    for folder in FOLDERS[kind]:
        (root / folder).mkdir(parents=True)
    {"YOLO": _yolo, "COCO": _coco, "VOC": _voc}[kind](root, part)
    words = (CHECK if done == "check" else f"{CONVERT} to={done.rpartition(' ')[2]}").split()
    room.commands.append(("yolo-slice", *words))
    with Unchanged(room.inputs):
        ended = check_end(room.wait(start_fresh(room.commands[0], room.work, {**os.environ, **room.env}), limit_s=600))
    room.note = (
        f"{ended.seconds:.1f} s ({ended.cpu_s:.1f} s of CPU), {ended.peak_mib:.0f} MiB, load {os.getloadavg()[0]:.1f}"
    )
    if ended.status:
        raise FellError(f"exit {ended.status}: {ended.err[-200:]!r} {ended.out[-300:]!r}")
    if ended.cpu_s > LIMIT_S or ended.peak_mib > LIMIT_MIB:
        raise FellError(f"{room.note}; expected {LIMIT_S} s and {LIMIT_MIB} MiB at most")


def _jpeg(number: int) -> bytes:
    """A small picture of which there is no other: the number is in its first pixels."""
    pixels = np.zeros((48, 64, 3), np.uint8)
    for bit in range(16):
        pixels[8 * (bit // 4) : 8 * (bit // 4) + 8, 8 * (bit % 4) : 8 * (bit % 4) + 8] = 255 * (number >> bit & 1)
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "JPEG", quality=50)
    return out.getvalue()


def _split(number: int) -> str:
    return "train" if number % 5 else "val"


def _yolo(root: Path, part: int) -> None:
    for number in range(IMAGES // part):
        place = f"{_split(number)}/{number:06d}"
        (root / f"images/{place}.jpg").write_bytes(_jpeg(number))
        (root / f"labels/{place}.txt").write_text("0 0.5 0.5 0.2 0.2\n1 0.25 0.5 0.2 0.3\n0 0.7 0.5 0.2 0.25\n")
    (root / "data.yaml").write_text("train: images/train\nval: images/val\nnames: [cat, dog]\n")


def _voc(root: Path, part: int) -> None:
    from voc_maker import annotation_xml, box_xml, save_list

    text = annotation_xml(
        *(box_xml(name, (2, 3, 20 + n, 30)) for n, name in enumerate(("cat", "dog", "cat"))), wh=(64, 48)
    )
    names: dict[str, list[str]] = {"train": [], "val": []}
    for number in range(IMAGES // part):
        names[_split(number)].append(f"{number:06d}")
        (root / f"JPEGImages/{number:06d}.jpg").write_bytes(_jpeg(number))
        (root / f"Annotations/{number:06d}.xml").write_text(text)
    for split, stems in names.items():
        save_list(root, split, " ".join(stems))


def _coco(root: Path, part: int) -> None:
    each = ANNOTATIONS // OF_THESE
    for split in ("train", "val"):
        numbers = [number for number in range(OF_THESE // part) if _split(number) == split]
        for number in numbers:
            (root / f"images/{split}/{number:06d}.jpg").write_bytes(_jpeg(number))
        images = [{"id": n, "file_name": f"{n:06d}.jpg", "width": 64, "height": 48} for n in numbers]
        annotations = [
            {"id": n * each + i, "image_id": n, "category_id": 1 + i % 80, "bbox": [i % 20, i // 20, 5.5, 4 + i % 3],
             "area": 22.0, "iscrowd": 0, "segmentation": [[1.5, 2, 3, 4, 5, 6.5]]}
            for n in numbers for i in range(each)
        ]  # fmt: skip
        categories = [{"id": n, "name": f"class {n}"} for n in range(1, 81)]
        data = {"images": images, "annotations": annotations, "categories": categories}
        (root / f"annotations/instances_{split}.json").write_text(json.dumps(data))
