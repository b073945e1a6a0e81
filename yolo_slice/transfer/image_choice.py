"""Which images to calibrate on: found through a data YAML, a folder or a list, without torch."""

import itertools
import random
from collections.abc import Iterator
from pathlib import Path

from yolo_slice.errors import SliceError
from yolo_slice.foreign_files import read_text
from yolo_slice.integration.data.data_yaml import check_data, open_data_yaml
from yolo_slice.integration.data.images import image_suffixes, read_picture
from yolo_slice.integration.log import warn

MIN_IMAGES = 8
YAML = (".yaml", ".yml")


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
    _refuse_few(data, count, len(found))
    return sorted(found)


def check_images(data: str | Path, count: int) -> None:
    """Refuse what `find_images` will refuse for its number of files; nothing is read or downloaded.

    Raises:
        SliceError: If there are fewer than MIN_IMAGES, or `data` is not there.
    """
    is_yaml = Path(data).suffix.lower() in YAML
    if is_yaml and not check_data(str(data), "train").places.get("train"):
        return _refuse_few(data, count, MIN_IMAGES)  # it will be downloaded
    files = {file for place in _places(data, download=False) for file in _files(place)}
    return _refuse_few(data, count, len(files))


def _refuse_few(data: str | Path, count: int, found: int) -> None:
    if min(count, found) < MIN_IMAGES:
        short = f"images={count}" if count < MIN_IMAGES else f"data={data}: {found} images found"
        raise SliceError(f"{short}; calibration needs at least {MIN_IMAGES}")


def _is_readable(file: Path) -> bool:
    if read_picture(file) is not None:
        return True
    warn(f"{file} cannot be read as an image; left out")
    return False


def _places(data: str | Path, download: bool = True) -> list[Path]:
    if Path(data).suffix.lower() not in YAML:
        return [Path(data)]
    return [*open_data_yaml(data, download).split("train")]


def _files(place: Path) -> Iterator[Path]:
    if place.is_dir():
        yield from (p for p in place.rglob("*") if p.suffix.lower().lstrip(".") in image_suffixes())
    elif place.is_file():
        for line in read_text(place).splitlines():
            if line.strip():
                yield place.parent / line.strip()  # an absolute path replaces the folder
    else:
        raise SliceError(f"data={place} does not exist: no images to calibrate on")
