"""The demonstration as a whole, small; and its parts that need no training."""

import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from yolo_slice.demo import run_demo
from yolo_slice.demo.gallery import parse_labels
from yolo_slice.demo.pictures import COLOURS, Box, draw_boxes, make_sheet, write_line
from yolo_slice.demo.scene import NAMES
from yolo_slice.demo.settings import DemoSettings
from yolo_slice.demo.summary import FILES, Outcome, write_summary
from yolo_slice.errors import SliceError


def test_importing_it_does_not_load_torch():
    code = "import sys, yolo_slice.demo; assert not {'torch', 'ultralytics', 'matplotlib'} & {*sys.modules}"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_folder_in_use_is_refused_before_anything_is_drawn(tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(SliceError, match="exists and is not an empty folder"):
        run_demo(DemoSettings(out=tmp_path))
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_boxes_are_drawn_around_the_thing_and_not_on_it():
    drawn = draw_boxes(np.zeros((20, 20, 3), np.uint8), [Box("car", (5, 6, 10, 12))], zoom=2)
    ys, xs = np.nonzero(drawn.any(axis=2))
    assert drawn.shape == (40, 40, 3)
    assert (xs.min(), ys.min(), xs.max(), ys.max()) == (9, 11, 20, 24)
    assert not drawn[12:24, 10:20].any()
    assert {tuple(map(int, colour)) for colour in drawn[drawn.any(axis=2)]} == {COLOURS["car"]}


def test_a_sheet_shows_every_picture_and_the_line_counts_the_boxes():
    pictures = [np.full((30, 200, 3), (value, 0, 0), np.uint8) for value in (11, 22, 33, 44)]
    sheet = make_sheet({"some": pictures, "others": pictures[:1]})
    assert [(sheet == (value, 0, 0)).all(axis=2).sum() for value in (11, 22, 33, 44)] == [12000, 6000, 6000, 6000]
    boxes = [Box("car", (0, 0, 1, 1))]
    assert not np.array_equal(write_line(600, "", boxes), write_line(600, "", boxes * 2))


def test_labels_are_read_as_the_host_reads_them():
    (box,) = parse_labels("2 0.5 0.5 0.1 0.2\n", dict(enumerate(NAMES)), (100, 200, 3))
    assert box.name == "tree"
    assert box.xyxy == pytest.approx((90, 40, 110, 60))


def test_the_summary_says_what_was_measured(tmp_path):
    accuracy = {"boat": (0.5, 0.25), "all": (0.625, 0.375)}
    outcome = Outcome("m.yaml", 4, 14, 2214089, accuracy, {"train": 100.06, "validate": 2.0}, 3)
    text = write_summary(tmp_path, outcome).read_text(encoding="utf-8")
    for part in (
        "2,214,089",
        "14 epochs",
        "| all | 0.625 | 0.375 |",
        "| train | 100.1 |",
        "| together | 102.1 |",
        "threads: 3",
    ):
        assert part in text


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    import ultralytics.data.utils as host

    folder = tmp_path_factory.mktemp("demo")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(host, "check_font", lambda *_: None)  # the one thing that Ultralytics would fetch
        summary = run_demo(DemoSettings(out=folder, seed=1, train=8, val=4, epochs=1, batch=4, frames=4))
    assert summary == folder / "summary.md"
    return folder


@pytest.mark.slow
class TestWholeDemo:
    """From an empty folder to the summary, with one epoch on a handful of pictures."""

    def test_everything_that_the_summary_names_is_there(self, folder):
        names = [name.strip("/ ") for entry in FILES for name in entry.split(",")]
        assert {path.name for path in folder.iterdir()} == {*names, "summary.md"}
        assert not [path for path in folder.rglob("*") if path.is_file() and path.stat().st_size == 0]

    def test_the_pictures_open(self, folder):
        for name in ("data.png", "predictions.png", "training.png", "detections.png"):
            assert min(cv2.imread(str(folder / name)).shape[:2]) > 300

    def test_the_video_has_all_frames_twice_as_large(self, folder):
        capture = cv2.VideoCapture(str(folder / "detections.mp4"))
        shapes = []
        while (read := capture.read())[0]:
            shapes.append(read[1].shape)
        assert len(shapes) == 4
        assert shapes[0][1] == 960

    def test_the_model_is_a_slice_model_and_loads(self, folder):
        from ultralytics import YOLO

        model = YOLO(folder / "best.pt")
        assert [*model.names.values()] == [*NAMES]
        assert sum(type(module).__name__ == "SliceSamp" for module in model.modules()) == 6
