"""The demonstration as a whole, small; and its parts that need no training."""

import shlex
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import ClassVar

import cv2
import numpy as np
import pytest
from matplotlib.axes import Axes

from yolo_slice.cli.command import load_command, split_name
from yolo_slice.demo import run_demo
from yolo_slice.demo.curves import FOUND, LOSSES, read_curves, save_curves
from yolo_slice.demo.gallery import found_boxes, label_boxes, save_detections, save_sheets
from yolo_slice.demo.pictures import COLOURS, LINE_PX, Box, draw_boxes, make_sheet, write_line
from yolo_slice.demo.scene import NAMES
from yolo_slice.demo.settings import DemoSettings
from yolo_slice.demo.summary import FILES, Outcome, next_commands, write_summary
from yolo_slice.errors import SliceError
from yolo_slice.video_file import write_video


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


def test_a_sheet_shows_every_picture() -> None:
    pictures = [np.full((30, 200, 3), (value, 0, 0), np.uint8) for value in (11, 22, 33, 44)]
    sheet = make_sheet({"some": pictures, "others": pictures[:1]})
    assert [(sheet == (value, 0, 0)).all(axis=2).sum() for value in (11, 22, 33, 44)] == [12000, 6000, 6000, 6000]


def test_the_line_counts_the_boxes_of_each_class(monkeypatch) -> None:
    texts = []
    monkeypatch.setattr(cv2, "putText", lambda strip, text, *_: texts.append(text))
    write_line(600, "found", [Box("car", (0, 0, 1, 1)), Box("tree", (0, 0, 1, 1)), Box("car", (2, 2, 3, 3))])
    write_line(600, "no boxes")
    assert texts == ["found", "tree 1", "car 2", "boat 0", "no boxes", "tree", "car", "boat"]


class KnowingModel:
    """Finds one thing in every picture, at a place that tells the frame; what `YOLO` is to the gallery."""

    names: ClassVar = dict(enumerate(NAMES))

    def predict(self, source, **_):
        images = frames_of(source) if isinstance(source, Path) else [cv2.imread(str(path)) for path in source]
        for number, image in enumerate(images):
            xyxy = np.array([[10.0 * number + 5, 5, 10.0 * number + 9, 9]])
            boxes = SimpleNamespace(xyxy=xyxy, cls=np.array([float(number % 3)]))
            yield SimpleNamespace(orig_img=image, names=self.names, boxes=boxes)


def frames_of(path: Path) -> list[np.ndarray]:
    capture, frames = cv2.VideoCapture(str(path)), []
    while (read := capture.read())[0]:
        frames.append(read[1])
    return frames


def test_boxes_of_a_result_have_its_names() -> None:
    results = KnowingModel().predict([])
    assert list(results) == []
    boxes = SimpleNamespace(xyxy=np.array([[1.0, 2, 3, 4], [5, 6, 7, 8]]), cls=np.array([2.0, 0.0]))
    found = found_boxes(SimpleNamespace(boxes=boxes, names=KnowingModel.names))
    assert found == [Box("tree", (1, 2, 3, 4)), Box("boat", (5, 6, 7, 8))]


def test_the_detections_are_drawn_into_every_frame_and_the_middle_one_is_kept(tmp_path) -> None:
    write_video(tmp_path / "video.mp4", [np.full((160, 320, 3), 40 * i, np.uint8) for i in range(4)], 15)
    save_detections(KnowingModel(), tmp_path, frames=4)
    still, frames = cv2.imread(str(tmp_path / "detections.png")), frames_of(tmp_path / "detections.mp4")
    assert len(frames) == 4
    assert still.shape == frames[0].shape == (2 * 160 + LINE_PX, 640, 3)
    assert abs(int(still[200, 400, 0]) - 80) < 6  # frame 2 of 0 to 3
    assert (still == COLOURS["tree"]).all(axis=2)[:320].nonzero()[1].min() == 2 * 25 - 1  # and its box


def test_the_sheets_show_labels_and_what_was_found(tmp_path) -> None:
    for split in ("train", "val"):
        for kind in ("images", "labels"):
            (tmp_path / "data" / kind / split).mkdir(parents=True)
        for i in range(3):
            cv2.imwrite(str(tmp_path / "data" / "images" / split / f"{i}.jpg"), np.zeros((100, 200, 3), np.uint8))
            (tmp_path / "data" / "labels" / split / f"{i}.txt").write_text(f"{i} 0.5 0.5 0.2 0.4\n")
    save_sheets(KnowingModel(), tmp_path)
    data, predictions = (cv2.imread(str(tmp_path / name)) for name in ("data.png", "predictions.png"))
    width = round(200 * 1.5)
    below = np.s_[LINE_PX : LINE_PX + 150]
    for i, name in enumerate(NAMES):
        column = np.s_[8 + i * (width + 8) : 8 + i * (width + 8) + width]
        labelled = (data[below][:, column] == COLOURS[name]).all(axis=2)
        assert (np.ptp(labelled.nonzero()[1]), np.ptp(labelled.nonzero()[0])) == (61, 61)  # 40 px, drawn around
        found = (predictions[LINE_PX + 158 + LINE_PX :][:150, column] == COLOURS[name]).all(axis=2)
        assert found.nonzero()[1].min() == round(1.5 * (10 * i + 5)) - 1


def test_labels_are_read_as_ultralytics_reads_them(tmp_path):
    (tmp_path / "a.txt").write_text("2 0.5 0.5 0.1 0.2\n")
    (box,) = label_boxes(tmp_path / "a.txt", dict(enumerate(NAMES)), (200, 100))
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
    assert "too short" not in text


def test_the_summary_of_a_quick_one_says_that_it_shows_little(tmp_path):
    text = write_summary(tmp_path, Outcome("m.yaml", 0, 5, 1, {"all": (0.0, 0.0)}, {"train": 1.0}, 1)).read_text()
    assert "| all | 0.000 | 0.000 |\n\nThis training was too short to find anything" in text


def test_what_it_says_to_do_next_can_be_read_as_it_stands(tmp_path) -> None:
    lines = [shlex.split(line) for line in next_commands(tmp_path / "my demo")]
    ours = [words[1:] for words in lines if words[0] == "yolo-slice"]
    assert len(ours) == len(lines) - 1
    for words in ours:
        name, rest = split_name(words)
        load_command(name).read(rest)
    assert all(str(tmp_path / "my demo") in " ".join(words) for words in lines)


def test_a_quick_one_is_a_small_part_in_under_two_minutes() -> None:
    quick = DemoSettings(quick=True, seed=3, epochs=1).chosen
    assert (quick.seed, quick.epochs, quick.train, quick.quick) == (3, 1, 40, False)
    assert DemoSettings(quick=True).chosen.cpu_minutes < 2 < DemoSettings().chosen.cpu_minutes
    assert DemoSettings().chosen == DemoSettings()


def test_the_curves_show_what_was_measured_and_begin_where_something_is_found(tmp_path, monkeypatch) -> None:
    drawn, plot = [], Axes.plot
    monkeypatch.setattr(Axes, "plot", lambda axes, *xy, **how: drawn.append([*map(list, xy)]) or plot(axes, *xy, **how))
    names = [*LOSSES.values(), *FOUND.values()]
    rows = [[4.0, 2.0, 1.0, 0.0, 0.0], [2.0, 1.0, 0.5, 0.5, 0.25]]
    text = "\n".join([", ".join(names), *(",".join(map(str, row)) for row in rows)])
    (tmp_path / "results.csv").write_text(text)
    assert read_curves(tmp_path / "results.csv")["train/box_loss"] == [4.0, 2.0]
    save_curves(tmp_path / "results.csv", tmp_path / "training.png")
    assert min(cv2.imread(str(tmp_path / "training.png")).shape[:2]) > 300
    shares, found = [[1, 2], [1.0, 0.5]], [[[2], [0.5]], [[2], [0.25]]]
    assert drawn == [shares, shares, shares, *found]


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
