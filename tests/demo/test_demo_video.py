"""The drawn video: as many frames as asked for, a camera that drifts, and things that move on it."""

import hashlib

import cv2
import numpy as np
import pytest

from yolo_slice.demo.things import draw_car
from yolo_slice.demo.video import DRIFT_PX, FPS, WH, Mover, draw_frames, draw_video

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def frames():
    return list(draw_frames(seed=0, frames=20))


def test_the_file_has_the_frames_and_the_size_asked_for(tmp_path):
    draw_video(tmp_path / "video.mp4", seed=1, frames=3)
    capture = cv2.VideoCapture(str(tmp_path / "video.mp4"))
    shapes = []
    while (read := capture.read())[0]:
        shapes.append(read[1].shape)
    assert shapes == [(WH[1], WH[0], 3)] * 3
    assert capture.get(cv2.CAP_PROP_FPS) == FPS


def test_the_same_seed_draws_the_same_frames():
    def digest(images) -> str:
        return hashlib.sha256(b"".join(image.tobytes() for image in images)).hexdigest()

    assert digest(draw_frames(seed=0, frames=3)) == digest(draw_frames(seed=0, frames=3))


def test_the_camera_drifts(frames):
    """Most of the last frame is the first one moved; the median disregards what moves."""
    pan = DRIFT_PX * (len(frames) - 1)
    first, last = (frame.astype(int) for frame in (frames[0], frames[-1]))
    assert np.median(np.abs(first[:, pan:] - last[:, :-pan])) < 0.5 * np.median(np.abs(first - last))


def test_something_moves_on_the_ground(frames):
    """Where the drift is undone, what still differs by more than grain are things under way."""
    pan = DRIFT_PX * (len(frames) - 1)
    difference = np.abs(frames[0][:, pan:].astype(int) - frames[-1][:, :-pan]).max(axis=2)
    assert (difference > 60).sum() > 200


def test_a_mover_goes_along_its_route_and_leaves_at_its_end():
    route = np.stack([np.full(50, 7.0), np.arange(50.0)], axis=1)
    mover = Mover(draw_car(np.random.default_rng(0), 1.0, (1.0, 0.0)), route, start=2.0, speed=1.5)
    there = mover.at(10)
    assert (there.x, there.y, there.angle) == pytest.approx((7.0, 17.0, np.pi / 2))
    assert mover.at(40) is None
    assert Mover(mover.thing, route, start=-20.0, speed=1.0).at(10) is None
