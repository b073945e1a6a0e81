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


def load_images(
    files: list[Path], imgsz: int, stride: int, device: torch.device, is_square: bool = False
) -> Iterator[Tensor]:
    """Read images as the host's predictor does: RGB, 0 to 1, letterboxed to the smallest rectangle or to a square.

    Yields:
        (1, 3, H, W) float32, longer side imgsz.
    """
    import cv2
    from ultralytics.data.augment import LetterBox

    letterbox = LetterBox((imgsz, imgsz), auto=not is_square, stride=stride)
    for file in files:
        image = cv2.imread(str(file))
        if image is None:
            warn(f"{file} cannot be read as an image; left out")
            continue
        rgb = letterbox(image=image)[..., ::-1].transpose(2, 0, 1)
        yield torch.from_numpy(rgb.copy()).to(device)[None].float() / 255


def endless_batches(files: list[Path], imgsz: int, device: torch.device, seed: int, size: int = 4) -> Iterator[Tensor]:
    """Draw batches of images without end, each flipped at random and cut to a random part of it.

    Yields:
        (size, 3, imgsz, imgsz) float32, 0 to 1.
    """
    rng = random.Random(seed)
    while True:
        chosen = rng.choices(files, k=size)
        images = list(load_images(chosen, imgsz, 32, device, is_square=True))
        if images:
            yield torch.cat([_vary(image, rng) for image in images])


def _vary(image: Tensor, rng: random.Random) -> Tensor:
    """Flip left and right half of the time; enlarge a random part of 60 to 100 % of the sides to the whole."""
    side = image.shape[-1]
    part = int(side * rng.uniform(0.6, 1))
    top, left = rng.randint(0, side - part), rng.randint(0, side - part)
    cut = image[..., top : top + part, left : left + part]
    cut = cut.flip(-1) if rng.random() < 0.5 else cut
    return torch.nn.functional.interpolate(cut, (side, side), mode="bilinear", align_corners=False)
