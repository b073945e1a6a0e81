"""A full disk: one line, and nothing under the final name. A limit on the size of files stands for it."""

import sys
from contextlib import contextmanager

import numpy as np
import pytest
import torch

from yolo_slice.atomic_file import write_whole
from yolo_slice.errors import SliceError
from yolo_slice.image_files import write_array, write_picture
from yolo_slice.integration.weights.checkpoints import write_tensors
from yolo_slice.metrics.coco import SizeBin
from yolo_slice.metrics.size_plot import plot_sizes
from yolo_slice.video_file import write_video

resource = pytest.importorskip("resource", reason="Windows limits no files")
NOISE = np.random.default_rng(0).integers(0, 256, (40, 480, 640, 3), np.uint8)


@contextmanager
def largest_file(size):
    """Let no file grow beyond `size` bytes: Python ignores the signal, so that writing fails as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def draw_plot(file):
    plot_sizes({"a": [SizeBin(0, 32, 3, 0.5, 0.6)]}, file, "box area")


WRITERS = {
    "a.txt": lambda file: write_whole(file, "x" * 100_000),
    "a.jpg": lambda file: write_picture(file, NOISE[0]),
    "a.npy": lambda file: write_array(file, NOISE[0].astype(np.float32)),
    "a.pt": lambda file: write_tensors(file, {"weights": torch.rand(100_000)}),
    "a.png": draw_plot,
    "a.mp4": lambda file: write_video(file, NOISE, 10),
}


@pytest.mark.skipif(sys.platform == "darwin", reason="macOS ends a process for it")
@pytest.mark.parametrize("size", [0, 5_000])
@pytest.mark.parametrize("name", WRITERS)
def test_nothing_is_left_under_the_name(tmp_path, name, size):
    with largest_file(size), pytest.raises(SliceError, match=r"^.*could not be written.*$") as caught:
        WRITERS[name](tmp_path / name)
    assert "\n" not in str(caught.value)
    assert [*tmp_path.iterdir()] == []


@pytest.mark.parametrize("name", WRITERS)
def test_there_is_room_without_a_limit(tmp_path, name):
    WRITERS[name](tmp_path / name)
    assert [file.name for file in tmp_path.iterdir()] == [name]


def test_frames_before_a_full_disk_are_not_taken_for_a_video(tmp_path):
    """One that could be opened, but lacks frames, is not kept either."""
    with largest_file(300_000), pytest.raises(SliceError, match="0 of its 40 frames can be read again"):
        write_video(tmp_path / "a.mp4", NOISE, 10)
    assert [*tmp_path.iterdir()] == []
