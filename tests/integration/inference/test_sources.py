"""What `yolo predict source=` takes, read picture by picture."""

import os
import struct
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest

from yolo_slice.cam.image_input import _read
from yolo_slice.errors import SliceError
from yolo_slice.foreign_files import LARGEST_IMAGE
from yolo_slice.integration.data.images import read_picture
from yolo_slice.integration.inference.sources import read_source

SIDE = 50_000  # SIDE * SIDE is more than the 2**30 pixels that OpenCV takes


def png_header(side: int) -> bytes:
    """An image of `side` x `side` pixels of which only the beginning is there."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"0")) + chunk(b"IEND", b"")


def test_an_image_beyond_opencvs_limits_is_passed_over(tmp_path: Path) -> None:
    for name in ("a.png", "c.png"):
        cv2.imwrite(str(tmp_path / name), np.zeros((8, 8, 3), np.uint8))
    huge = tmp_path / "b.png"
    huge.write_bytes(png_header(SIDE))
    assert [Path(frame.path).name for frame in read_source(str(tmp_path), 1)] == ["a.png", "c.png"]
    assert read_picture(huge) is None
    with pytest.raises(SliceError, match=r"b\.png: not an image that OpenCV can read"):
        _read(huge)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes among its files")
@pytest.mark.parametrize("name", ["a.jpg", "a.mp4"])
@pytest.mark.parametrize("source", ["", "*"])
def test_a_pipe_is_not_waited_for(tmp_path: Path, name: str, source: str) -> None:
    os.mkfifo(tmp_path / name)
    with pytest.raises(SliceError, match=f"{name} is a device or a pipe, not a file"):
        next(read_source(str(tmp_path / source)))


def test_a_huge_image_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").touch()
    os.truncate(tmp_path / "a.jpg", LARGEST_IMAGE + 1)
    with pytest.raises(SliceError, match="more than 1,000 MB are not read"):
        next(read_source(str(tmp_path / "a.jpg")))
