"""Pictures and arrays as files: the only place that encodes them."""

import base64
import io
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from yolo_slice.atomic_file import write_whole


def write_picture(path: Path, image: NDArray[np.uint8]) -> None:
    """Write a (H, W, 3) BGR picture in the format of the path's suffix."""
    # Not cv2.imwrite: on Windows it cannot open paths with letters outside the code page, and says nothing.
    write_whole(path, encode_picture(image, path.suffix))


def encode_picture(image: NDArray[np.uint8], suffix: str, quality: int = 95) -> bytes:
    """Return the bytes of a picture file; quality 0 to 100 is that of JPEG."""
    options = [cv2.IMWRITE_JPEG_QUALITY, quality] if suffix == ".jpg" else []
    return cv2.imencode(suffix, image, options)[1].tobytes()


def image_url(image: NDArray[np.uint8], quality: int) -> str:
    """Return a (H, W, 3) BGR picture as the address of an HTML image that needs no file: JPEG in base64."""
    return f"data:image/jpeg;base64,{base64.b64encode(encode_picture(image, '.jpg', quality)).decode()}"


def write_array(path: Path, array: NDArray[np.float32]) -> None:
    """Write a `.npy` file."""
    content = io.BytesIO()
    np.save(content, array)
    write_whole(path, content.getvalue())
