"""Random squares of a few images, to learn from without memorising the images."""

import functools
import random
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from yolo_slice.errors import SliceError
from yolo_slice.integration.data.images import read_picture

GREY = 114  # where no image reaches, as Ultralytics fills it
SINGLE, MOSAIC = (0.75, 1.25), (0.5, 1.0)  # an image's longer side over that of the whole square
MOSAICS = 0.5  # share


def endless_batches(files: list[Path], imgsz: int, device: torch.device, seed: int, size: int = 4) -> Iterator[Tensor]:
    """Draw batches of squares without end: half of them show one image, the others are mosaics of four smaller ones.

    Images are rather made smaller than larger: enlarged ones lack the fine detail that the first layers live on.

    Args:
        files: Images that can be read.
        imgsz: Side, pixels.
        device: Where the batches shall be.
        seed: Of the choice.
        size: Squares in a batch.

    Yields:
        (size, 3, imgsz, imgsz) float32 RGB, 0 to 1.
    """
    rng = random.Random(seed)
    shrunk = functools.lru_cache(maxsize=512)(functools.partial(_read_shrunk, longer=imgsz))

    def window(side: int, longer: float) -> NDArray[np.uint8]:
        return _cut(shrunk(rng.choice(files)), side, longer, rng)

    def square() -> NDArray[np.uint8]:
        if rng.random() >= MOSAICS:
            return window(imgsz, imgsz * (1.0 if rng.random() < 0.5 else rng.uniform(*SINGLE)))
        a, b, c, d = (window(imgsz // 2, imgsz * rng.uniform(*MOSAIC)) for _ in range(4))
        return np.vstack([np.hstack([a, b]), np.hstack([c, d])])

    while True:
        rgb = np.stack([square() for _ in range(size)])[..., ::-1].transpose(0, 3, 1, 2)
        yield torch.from_numpy(rgb.copy()).to(device).float() / 255


def read_known(file: Path) -> NDArray[np.uint8]:
    """Read an image that could be read before, (H, W, 3) BGR.

    Raises:
        SliceError: If it no longer can.
    """
    image = read_picture(file)
    if image is None:
        raise SliceError(f"{file} can no longer be read; it could be when the conversion began")
    return image


def _read_shrunk(file: Path, longer: int) -> NDArray[np.uint8]:
    image = read_known(file)
    return _resize(image, min(1.0, longer / max(image.shape[:2])))


def _resize(image: NDArray[np.uint8], factor: float) -> NDArray[np.uint8]:
    wh = tuple(max(1, round(side * factor)) for side in image.shape[1::-1])
    resized = cv2.resize(image, wh, interpolation=cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR)
    return resized.astype(np.uint8, copy=False)


def _cut(image: NDArray[np.uint8], side: int, longer: float, rng: random.Random) -> NDArray[np.uint8]:
    """Resize an image to a longer side, flip it half of the time, and show it at a random place of a square."""
    image = _resize(image, longer / max(image.shape[:2]))
    image = image[:, ::-1] if rng.random() < 0.5 else image
    square = np.full((side, side, 3), GREY, np.uint8)
    height, width = (min(side, s) for s in image.shape[:2])
    (top, left), (y, x) = (
        (rng.randint(0, h - height), rng.randint(0, w - width)) for h, w in (image.shape[:2], (side, side))
    )
    square[y : y + height, x : x + width] = image[top : top + height, left : left + width]
    return square
