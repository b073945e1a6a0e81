"""Pictures and arrays as files, wherever and in whatever format."""

import base64

import cv2
import numpy as np
import pytest

from yolo_slice.image_files import encode_picture, image_url, write_array, write_picture

SMOOTH = cv2.resize(np.random.default_rng(0).integers(0, 255, (4, 5, 3), np.uint8), (50, 40))


@pytest.mark.parametrize(("suffix", "error"), [(".png", 0), (".bmp", 0), (".jpg", 3)])
def test_a_picture_is_written_where_the_path_is_not_ascii(tmp_path, suffix, error):
    write_picture(tmp_path / f"für 鳥{suffix}", SMOOTH)
    stored = np.frombuffer((tmp_path / f"für 鳥{suffix}").read_bytes(), np.uint8)
    assert np.abs(cv2.imdecode(stored, cv2.IMREAD_COLOR).astype(int) - SMOOTH).mean() <= error
    assert [path.suffix for path in tmp_path.iterdir()] == [suffix]


def test_quality_is_that_of_jpeg():
    assert len(encode_picture(SMOOTH, ".jpg", 30)) < len(encode_picture(SMOOTH, ".jpg"))


def test_an_image_url_holds_the_file():
    head, code = image_url(SMOOTH, 80).split(",")
    assert head == "data:image/jpeg;base64"
    assert base64.b64decode(code) == encode_picture(SMOOTH, ".jpg", 80)


def test_an_array_comes_back(tmp_path):
    write_array(tmp_path / "a.npy", np.arange(6, dtype=np.float32).reshape(2, 3))
    assert np.load(tmp_path / "a.npy").tolist() == [[0, 1, 2], [3, 4, 5]]
