"""Writes pictures to files."""

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from yolo_slice.errors import SliceError


def save_image(path: Path, image: NDArray[np.uint8]) -> None:
    """Write an (H, W, 3) BGR picture in the format that its suffix names; JPEG at quality 95.

    Raises:
        SliceError: If OpenCV knows no format of that name.
    """
    # Not cv2.imwrite: on Windows it cannot open paths with letters outside the code page, and says nothing.
    is_done, data = cv2.imencode(path.suffix, image)
    if not is_done:
        raise SliceError(f"{path}: OpenCV cannot write {path.suffix} files")
    path.write_bytes(data.tobytes())
