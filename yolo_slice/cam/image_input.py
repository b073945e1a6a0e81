"""Turns an image as people have it (a path, PIL, an array) into the array that everything here works on."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from yolo_slice.errors import SliceError
from yolo_slice.foreign_files import LARGEST_IMAGE, refuse_unreadable

if TYPE_CHECKING:
    from PIL.Image import Image

ImageLike: TypeAlias = "str | Path | Image | NDArray[np.uint8]"


def read_image(image: ImageLike) -> NDArray[np.uint8]:
    """Return (H, W, 3) BGR uint8.

    Args:
        image: Path of a file, a PIL image, or an array: (H, W, 3) BGR as OpenCV reads it, or (H, W) grey.

    Raises:
        SliceError: If there is no image.
    """
    if isinstance(image, (str, Path)):
        return _read(Path(image))
    if isinstance(image, np.ndarray):
        return check_image(np.repeat(image[..., None], 3, axis=2) if image.ndim == 2 else image)
    if hasattr(image, "convert"):
        return np.ascontiguousarray(np.asarray(image.convert("RGB"))[..., ::-1])
    raise SliceError(
        f"image: got a {type(image).__name__}, expected a path, a PIL image or an array (H, W, 3) BGR uint8"
    )


def _read(path: Path) -> NDArray[np.uint8]:
    if not path.is_file():
        raise SliceError(f"{path}: no such image")
    refuse_unreadable(path, LARGEST_IMAGE)
    data = np.fromfile(path, np.uint8)  # cv2.imread cannot open names outside the code page on Windows
    try:
        image = cv2.imdecode(data, cv2.IMREAD_COLOR) if len(data) else None
    except cv2.error:  # more pixels than it takes
        image = None
    if image is None:
        raise SliceError(f"{path}: not an image that OpenCV can read")
    return image.astype(np.uint8, copy=False)


def check_image(image: Any) -> NDArray[np.uint8]:
    """Return the array if it is an image (H, W, 3) of uint8 with at least one pixel.

    Raises:
        SliceError: If it is not.
    """
    is_array = isinstance(image, np.ndarray) and image.dtype == np.uint8
    if is_array and image.ndim == 3 and image.shape[2] == 3 and image.size:
        return image
    what = f"{image.dtype} {image.shape}" if isinstance(image, np.ndarray) else type(image).__name__
    raise SliceError(f"image: got {what}, expected uint8 (H, W, 3), BGR")
