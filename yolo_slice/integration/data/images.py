"""Image files, as Ultralytics takes and reads them."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from yolo_slice.errors import SliceError
from yolo_slice.foreign_files import LARGEST_IMAGE, refuse_unreadable
from yolo_slice.integration.installed import constant

if TYPE_CHECKING:  # `yolo-slice help` names the formats of data sets, whose readers find images, and loads no numpy
    import numpy as np
    from numpy.typing import NDArray


@cache
def image_suffixes() -> frozenset[str]:
    """Return the suffixes by which Ultralytics knows an image: lower case, no dot."""
    return frozenset(constant("data.utils", "IMG_FORMATS"))


@cache
def video_suffixes() -> frozenset[str]:
    """Return the suffixes by which Ultralytics knows a video: lower case, no dot."""
    return frozenset(constant("data.utils", "VID_FORMATS"))


def read_image_wh(file: Path) -> tuple[int, int]:
    """Read an image's width and height in pixels from its header, turned by its EXIF orientation, as for training.

    Raises:
        SliceError: If the file is beyond reason.
        OSError: If it cannot be opened as an image; Pillow raises other kinds, too, on broken headers.
    """
    from PIL import Image
    from ultralytics.data.utils import exif_size

    refuse_unreadable(file, LARGEST_IMAGE)
    with Image.open(file) as image:
        return exif_size(image)


def read_picture(path: Path) -> NDArray[np.uint8] | None:
    """Read an image as Ultralytics does, (H, W, 3) BGR; None if it cannot be read."""
    import cv2
    from ultralytics.utils.patches import imread

    try:
        refuse_unreadable(path, LARGEST_IMAGE)
        return imread(str(path))
    except (OSError, SliceError, cv2.error):  # no file, or a huge one; more pixels than OpenCV takes
        return None
