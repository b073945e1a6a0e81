"""A video file is complete when it has its name."""

import cv2
import numpy as np
import pytest

from yolo_slice.errors import SliceError
from yolo_slice.video_file import VideoFile, write_video


def frames_of(path):
    capture = cv2.VideoCapture(str(path))
    shapes = []
    while (read := capture.read())[0]:
        shapes.append(read[1].shape)
    return shapes, capture.get(cv2.CAP_PROP_FPS)


def names(folder):
    return {path.name for path in folder.iterdir()}


def test_it_has_its_name_only_when_complete(tmp_path):
    with VideoFile(tmp_path / "a.mp4", 10) as video:
        video.write(np.zeros((32, 48, 3), np.uint8))
        assert names(tmp_path) == {"a.partial.mp4", "a.partial.mp4.lock"}
        video.write(np.zeros((64, 64, 3), np.uint8))  # of another size
    assert names(tmp_path) == {"a.mp4"}
    assert frames_of(tmp_path / "a.mp4") == ([(32, 48, 3)] * 2, 10)


def test_frames_before_an_interruption_are_kept(tmp_path):
    def frames():
        yield np.zeros((32, 48, 3), np.uint8)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_video(tmp_path / "a.mp4", frames(), 10)
    assert len(frames_of(tmp_path / "a.mp4")[0]) == 1


def test_no_frames_make_no_file(tmp_path):
    write_video(tmp_path / "none.mp4", [], 10)
    assert not names(tmp_path)


def test_a_format_that_opencv_lacks_is_one_line(tmp_path, monkeypatch):
    monkeypatch.setattr(cv2.VideoWriter, "open", lambda *_: False)
    with pytest.raises(SliceError, match=r"a\.mp4: this OpenCV .* cannot write mp4 video"):
        write_video(tmp_path / "a.mp4", [np.zeros((32, 48, 3), np.uint8)], 10)
    assert not names(tmp_path)
