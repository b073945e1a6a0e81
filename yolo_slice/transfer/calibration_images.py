"""Images to calibrate on: found through a data YAML, a folder or a list, prepared as Ultralytics' predictor does."""

import itertools
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from yolo_slice.errors import SliceError
from yolo_slice.integration.data.data_yaml import open_data_yaml
from yolo_slice.integration.data.images import image_suffixes, read_picture
from yolo_slice.integration.inference.model_input import letterbox
from yolo_slice.integration.log import warn
from yolo_slice.transfer.random_squares import endless_batches, read_known

MIN_IMAGES = 8
HELD_OUT = 8  # every eighth image only judges


@dataclass(frozen=True, slots=True)
class CalibrationImages:
    """Images to fit to, and every eighth of them kept to judge by.

    Attributes:
        files: Images that can be read.
        imgsz: Longer side, pixels.
        stride: Sides are multiples of it.
        device: Where the images shall be.
        seed: Of what is drawn at random.
    """

    files: Sequence[Path]
    imgsz: int
    stride: int
    device: torch.device
    seed: int

    def all(self) -> Iterator[Tensor]:
        """Give every image, (1, 3, H, W)."""
        return load_images(self.files, self.imgsz, self.stride, self.device)

    def to_fit(self) -> Iterator[Tensor]:
        """Give the images to fit to, (1, 3, H, W) each."""
        return load_images(self._to_fit(), self.imgsz, self.stride, self.device)

    def to_judge(self) -> Iterator[Tensor]:
        """Give the images to judge by, (1, 3, H, W) each."""
        return load_images(self.files[::HELD_OUT], self.imgsz, self.stride, self.device)

    def squares(self, number: int) -> Iterator[Tensor]:
        """Give batches of random squares of the images to fit to, (4, 3, S, S), without end; others for each number."""
        return endless_batches(self._to_fit(), self.imgsz, self.device, self.seed + number)

    def _to_fit(self) -> list[Path]:
        return [file for number, file in enumerate(self.files) if number % HELD_OUT]


def find_images(data: str | Path, count: int, seed: int) -> list[Path]:
    """Choose images at random, of the training split if `data` is a data YAML; labels are not needed.

    What cannot be read as an image is left out, with a warning.

    Args:
        data: Data YAML (its train split), folder of images (searched in depth), or text file with a path a line.
        count: How many; fewer if there are fewer.
        seed: Of the choice.

    Raises:
        SliceError: If there are fewer than MIN_IMAGES.
    """
    files = sorted({file for place in _places(data) for file in _files(place)})
    random.Random(seed).shuffle(files)
    found = list(itertools.islice(filter(_is_readable, files), count))
    if len(found) < MIN_IMAGES:
        short = f"images={count}" if count < MIN_IMAGES else f"{data}: {len(found)} images found"
        raise SliceError(f"{short}; calibration needs at least {MIN_IMAGES}")
    return sorted(found)


def _is_readable(file: Path) -> bool:
    if read_picture(file) is not None:
        return True
    warn(f"{file} cannot be read as an image; left out")
    return False


def _places(data: str | Path) -> list[Path]:
    if Path(data).suffix.lower() not in (".yaml", ".yml"):
        return [Path(data)]
    return [*open_data_yaml(data, download=True).split("train")]


def _files(place: Path) -> Iterator[Path]:
    if place.is_dir():
        yield from (p for p in place.rglob("*") if p.suffix.lower().lstrip(".") in image_suffixes())
    elif place.is_file():
        for line in place.read_text(encoding="utf-8-sig").splitlines():
            if line.strip():
                yield place.parent / line.strip()  # an absolute path replaces the folder
    else:
        raise SliceError(f"{place} does not exist: no images to calibrate on")


def load_images(files: Sequence[Path], imgsz: int, stride: int, device: torch.device) -> Iterator[Tensor]:
    """Read images as Ultralytics' predictor does: RGB, 0 to 1, letterboxed to the smallest rectangle.

    Yields:
        (1, 3, H, W) float32, longer side imgsz.
    """
    for file in files:
        yield letterbox(read_known(file), (imgsz, imgsz), stride).to(device)[None]
