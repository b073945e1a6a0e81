"""The embedded data set: drawn pictures as a VOC folder, and that folder converted for Ultralytics."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from yolo_slice.annotations.box import Box
from yolo_slice.annotations.record import Item, Record
from yolo_slice.annotations.voc_xml import annotation_xml
from yolo_slice.atomic_file import write_whole
from yolo_slice.data import convert_voc
from yolo_slice.demo.scene import Label, Picture, draw_scene, take_picture
from yolo_slice.demo.settings import TRAIN, VAL
from yolo_slice.errors import SliceError
from yolo_slice.image_files import write_picture
from yolo_slice.integration import log

SPLITS = ("train", "val")
IMAGE_SIDE = 320
DIFFICULT_BELOW = 0.6  # visible share
TINY_BELOW_PX = 8  # longer side


def draw_dataset(folder: Path, seed: int = 0, train: int = TRAIN, val: int = VAL) -> Path:
    """Draw the data set and convert it for Ultralytics; return its data.yaml.

    Args:
        folder: New or empty folder; it appears when all is done.
        seed: The same seed gives the same files.
        train: Number of images to train on.
        val: Number of images to validate on.

    Raises:
        SliceError: If folder is in use, a number of images is not positive, or the seed is negative.
    """
    folder = Path(folder).resolve()
    refuse_used(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=f"{folder.name}-voc-", dir=folder.parent) as voc:
        draw_voc(Path(voc), seed, train, val)
        return convert_drawn(Path(voc), folder)


def draw_voc(folder: Path, seed: int = 0, train: int = TRAIN, val: int = VAL) -> None:
    """Draw the data set as PASCAL VOC has it: JPEGImages/, Annotations/, ImageSets/Main/.

    Raises:
        SliceError: If a number of images is not positive, or the seed is negative.
    """
    if train < 1 or val < 1:
        raise SliceError(f"train and val must each have at least one image, not {train} and {val}")
    if seed < 0:
        raise SliceError(f"the seed must be 0 or more, not {seed}")
    for name in ("JPEGImages", "Annotations", "ImageSets/Main"):
        (folder / name).mkdir(parents=True)
    for number, (split, count) in enumerate(zip(SPLITS, (train, val), strict=True)):
        stems = [f"{split}_{i:04d}" for i in range(count)]
        pictures = log.progress(draw_pictures(count, (seed, number)), f"draw {split}", count)
        for stem, picture in zip(stems, pictures, strict=True):
            write_picture(folder / "JPEGImages" / f"{stem}.jpg", picture.image)
            write_whole(folder / "Annotations" / f"{stem}.xml", annotation(stem, picture))
        write_whole(folder / "ImageSets" / "Main" / f"{split}.txt", "".join(f"{s}\n" for s in stems))


def convert_drawn(voc: Path, folder: Path) -> Path:
    """Convert a drawn VOC folder; return the data.yaml.

    Raises:
        SliceError: If the converter has anything to say: what is drawn here has no faults.
    """
    result = convert_voc(voc, folder, strict=True)
    if result.data_yaml is None:
        raise SliceError(f"the converter refused the drawn data set, a fault of yolo-slice: {result.findings[0]}")
    return result.data_yaml


def draw_pictures(count: int, seed: tuple[int, ...]) -> Iterator[Picture]:
    """Draw that many pictures; picture i depends on the seed and on i only."""
    for i in range(count):
        rng = np.random.default_rng([*seed, i])
        yield take_picture(draw_scene(rng, (IMAGE_SIDE, IMAGE_SIDE)), rng)


def annotation(stem: str, picture: Picture) -> str:
    """Write a picture's VOC XML; its corners count from 1 and both belong to the object."""
    file, (h, w) = Path(f"{stem}.jpg"), picture.image.shape[:2]
    items = tuple(_item(number, label) for number, label in enumerate(picture.labels, 1))
    return annotation_xml(Record(file, stem, file.suffix, file, (w, h), items, wh=(w, h)), file.name)


def _item(number: int, label: Label) -> Item:
    x1, y1, x2, y2 = label.xyxy
    box = Box("voc", (x1 + 1, y1 + 1, x2, y2))
    return Item(number, label.name, box, is_difficult=is_difficult(label), is_truncated=label.truncated)


def is_difficult(label: Label) -> bool:
    """Tell whether so little can be seen of a thing that a detector is not blamed for missing it."""
    x1, y1, x2, y2 = label.xyxy
    return label.visible < DIFFICULT_BELOW or max(x2 - x1, y2 - y1) < TINY_BELOW_PX


def refuse_used(folder: Path) -> None:
    """Refuse a folder that has anything in it.

    Raises:
        SliceError: If folder is a file, or is not empty.
    """
    if folder.exists() and not (folder.is_dir() and next(folder.iterdir(), None) is None):
        raise SliceError(f"{folder} exists and is not an empty folder; remove it, or name another one")
