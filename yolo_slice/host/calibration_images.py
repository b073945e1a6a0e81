"""Images to calibrate on: found through a data YAML, a folder or a list, made ready as the host's predictor does."""

import random
from collections.abc import Iterator
from pathlib import Path

import torch
from torch import Tensor

from yolo_slice.errors import SliceError
from yolo_slice.host.services import warn
from yolo_slice.host.stock_files import image_suffixes


def find_images(data: str | Path, count: int, seed: int) -> list[Path]:
    """Choose images at random: of the training split if `data` is a data YAML; labels are not needed.

    Args:
        data: Data YAML (its train split), folder of images (searched in depth), or text file with a path a line.
        count: How many; fewer if there are fewer.
        seed: Of the choice.

    Raises:
        SliceError: If there are fewer than 8.
    """
    files = sorted({file for place in _places(data) for file in _files(place)})
    if len(files) < 8:
        raise SliceError(f"{data}: {len(files)} images found; calibration needs at least 8")
    return sorted(random.Random(seed).sample(files, min(count, len(files))))


def _places(data: str | Path) -> list[Path]:
    if Path(data).suffix.lower() not in (".yaml", ".yml"):
        return [Path(data)]
    from ultralytics.data.utils import check_det_dataset

    train = check_det_dataset(data)["train"]
    return [Path(place) for place in (train if isinstance(train, (list, tuple)) else [train])]


def _files(place: Path) -> Iterator[Path]:
    if place.is_dir():
        yield from (p for p in place.rglob("*") if p.suffix.lower().lstrip(".") in image_suffixes())
    elif place.is_file():
        for line in place.read_text(encoding="utf-8-sig").splitlines():
            if line.strip():
                yield place.parent / line.strip()  # an absolute path replaces the folder
    else:
        raise SliceError(f"{place} does not exist: no images to calibrate on")


def load_images(files: list[Path], imgsz: int, stride: int, device: torch.device) -> Iterator[Tensor]:
    """Read images as the host's predictor does: RGB, 0 to 1, letterboxed to the smallest rectangle.

    Yields:
        (1, 3, H, W) float32, longer side imgsz.
    """
    import cv2
    from ultralytics.data.augment import LetterBox

    letterbox = LetterBox(imgsz, auto=True, stride=stride)
    for file in files:
        image = cv2.imread(str(file))
        if image is None:
            warn(f"{file} cannot be read as an image; left out")
            continue
        rgb = letterbox(image=image)[..., ::-1].transpose(2, 0, 1)
        yield torch.from_numpy(rgb.copy()).to(device)[None].float() / 255
