"""Runs over images, videos and streams with an explainer that knows its answers: which files, and what is in them."""

import itertools
import re
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import yaml
from cam_fakes import FakeExplainer

from yolo_slice.cam.detection import Detection
from yolo_slice.cam.run import columns, run
from yolo_slice.cam.run.rendering import Look
from yolo_slice.cam.run.run import draw_maps
from yolo_slice.cam.run.settings import CamSettings
from yolo_slice.cam.run.video_scale import VideoScale
from yolo_slice.cam.targets import AllTarget
from yolo_slice.errors import SliceError
from yolo_slice.integration import log
from yolo_slice.integration.inference.sources import Frame, read_source

pytestmark = pytest.mark.filterwarnings("default::ResourceWarning")


@pytest.fixture(autouse=True)
def said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[str]:
    """Put the fake in the place of the explainer; return what the run says."""
    lines: list[str] = []
    monkeypatch.setattr(columns, "open_explainer", FakeExplainer)
    monkeypatch.setattr(log, "inform", lines.append)
    monkeypatch.setattr(log, "warn", lines.append)
    monkeypatch.chdir(tmp_path)
    FakeExplainer.made.clear()
    return lines


def picture(path: Path, hw=(40, 60), value: int = 90) -> Path:
    path.parent.mkdir(exist_ok=True)
    assert cv2.imwrite(str(path), np.full((*hw, 3), value, np.uint8))
    return path


def film(path: Path, frames: int = 12, fps: float = 12.5, hw=(48, 64)) -> Path:
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), fps, hw[::-1])
    for i in range(frames):
        writer.write(np.full((*hw, 3), 10 + 5 * i, np.uint8))
    writer.release()
    return path


def frames_of(path: Path) -> tuple[float, list[np.ndarray]]:
    capture, frames = cv2.VideoCapture(str(path)), []
    fps = capture.get(cv2.CAP_PROP_FPS)
    while (read := capture.read())[0]:
        frames.append(read[1])
    capture.release()
    return fps, frames


def settings(source, **changes) -> CamSettings:
    return CamSettings(**{"model": ["a.pt"], "source": str(source), **changes})


def files(folder: Path) -> set[str]:
    return {f.name for f in folder.iterdir()}


def test_one_image(tmp_path: Path, said: list[str]) -> None:
    folder = draw_maps(settings(picture(tmp_path / "bus.png")))
    assert folder.resolve() == tmp_path / "runs" / "cam" / "cam"
    assert files(folder) == {"args.yaml", "bus.jpg", "bus.npy", "index.html", "sheet.png"}
    heat = np.load(folder / "bus.npy")
    assert (heat.dtype, heat.shape, heat.sum()) == (np.float32, (40, 60), 400)
    assert cv2.imread(str(folder / "bus.jpg")).shape == (40, 60, 3)
    assert any("layers 15 (P3/8), 18 (P4/16)" in line for line in said)
    assert any("all detections" in line for line in said)


def test_runs_are_numbered_and_can_be_repeated(tmp_path: Path) -> None:
    source = picture(tmp_path / "a b.png")
    wanted = settings(source, conf=0.5, sheet=False, save_npy=False, classes=["person", "horse"])
    folders = [draw_maps(wanted) for _ in range(2)]
    assert files(folders[0]) == {"args.yaml", "a b-person.jpg", "a b-horse.jpg"}
    assert folders[0].name == "cam"
    assert re.fullmatch(r"cam-?2", folders[1].name)
    text = (folders[1] / "args.yaml").read_text("utf-8")
    assert CamSettings(**yaml.safe_load(text) | {"method": wanted.method}) == wanted
    assert yaml.safe_load(text)["method"] == ["hirescam"]
    command = "# yolo-slice cam model=a.pt 'source={}' classes=person,horse save_npy=False sheet=False conf=0.5"
    assert text.splitlines()[0] == command.format(source)


def test_a_folder_with_two_models_and_classes(tmp_path: Path, said: list[str]) -> None:
    for i in range(5):
        picture(tmp_path / "in" / f"{i}.jpg", hw=(40 + i, 60))
    (tmp_path / "in" / "broken.jpg").write_bytes(b"no picture")
    (tmp_path / "in" / "notes.txt").write_text("no picture")
    folder = draw_maps(
        settings(tmp_path / "in", model=["x/best.pt", "y/best.pt"], classes=["person", "horse"], batch=2)
    )
    maps = {
        f"{i}-{m}-best-{c}.{s}" for i in range(5) for m in "xy" for c in ("person", "horse") for s in ("jpg", "npy")
    }
    assert files(folder) == maps | {"args.yaml", "index.html", "sheet.png"}
    assert [e.batches for e in FakeExplainer.made] == [[2, 2, 1]] * 2
    page = (folder / "index.html").read_text("utf-8")
    assert page.count("<section>") == 5  # the rows in which nobody finds a horse are left out
    assert "x/best" in page
    assert "10 of them blank" in said[-1]
    assert any("1 of 6 files could not be read: broken.jpg" in line for line in said)


def test_a_row_stays_when_nothing_is_found(tmp_path: Path) -> None:
    folder = draw_maps(settings(picture(tmp_path / "a.png"), classes=["horse"]))
    page = (folder / "index.html").read_text("utf-8")
    assert page.count("<section>") == 1
    assert "no horse above 0.25" in page  # alt text


def test_a_sheet_of_a_large_picture_has_its_boxes_where_they_belong() -> None:
    large = np.full((800, 1280, 3), 90, np.uint8)
    explanation = FakeExplainer("a.pt").explain([large], [[AllTarget()]])[0][0]
    seen = Detection((400, 200, 800, 600), 0, "person", 0.9)
    other = Detection((900, 100, 1200, 700), 1, "horse", 0.8)
    explanation = replace(explanation, detections=(seen, other), explained=(seen,), heat=explanation.heat * 0)
    column = columns.Column("a", FakeExplainer("a.pt"), {"all": AllTarget()})
    [row] = run.make_rows(Frame(large, "a.jpg", "image", 0, 1), [column], [[explanation]], Look(alpha=0))
    drawn = row.cells[0].picture
    assert drawn.shape == (400, 640, 3)  # half of it
    white = (drawn[150:300] == 255).all(axis=(0, 2)).nonzero()[0]  # columns of upright edges
    assert white.tolist() == [200, 400]


def test_pictures_of_one_name_keep_apart(tmp_path: Path) -> None:
    for name in ("a/1.jpg", "b/1.jpg", "b/1.png"):
        picture(tmp_path / name)
    folder = draw_maps(settings(tmp_path / "*" / "1.*", sheet=False, save_npy=False))
    assert files(folder) == {"args.yaml", "1.jpg", "1-2.jpg", "1-3.jpg"}


def test_pages_of_a_large_folder(tmp_path: Path) -> None:
    for i in range(5):
        picture(tmp_path / "in" / f"{i}.jpg")
    folder = draw_maps(settings(tmp_path / "in", rows=2, save_npy=False))
    assert {"index.html", "index-2.html", "index-3.html", "sheet-3.png"} <= files(folder)


def test_methods_are_columns_and_the_map_is_drawn(tmp_path: Path) -> None:
    folder = draw_maps(settings(picture(tmp_path / "a.png"), method=["gradcam", "hirescam"], boxes=False, target="#0"))
    assert {"a-Grad-CAM.jpg", "a-HiResCAM.jpg"} <= files(folder)
    drawn = cv2.imread(str(folder / "a-Grad-CAM.jpg")).astype(int)
    assert drawn[10:20, 15:25].mean() > 1.5 * drawn[30:, 40:].mean()


@pytest.mark.parametrize(("stride", "frames"), [(1, 12), (3, 4)])
def test_a_video_becomes_one_video(tmp_path: Path, stride: int, frames: int, said: list[str]) -> None:
    folder = draw_maps(settings(film(tmp_path / "walk.mp4"), vid_stride=stride, batch=5))
    assert files(folder) == {"args.yaml", "walk.mp4"}
    fps, got = frames_of(folder / "walk.mp4")
    assert len(got) == frames
    assert fps == pytest.approx(12.5 / stride, rel=0.01)
    assert got[0].shape == (48, 64, 3)
    assert f"{frames} frames" in said[-1]


def test_images_and_videos_of_one_folder(tmp_path: Path) -> None:
    picture(tmp_path / "in" / "a.jpg")
    for name, length in (("x.mp4", 4), ("y.mp4", 6)):
        film(tmp_path / "in" / name, length)
    (tmp_path / "in" / "xx.mp4").write_bytes(b"no video")
    folder = draw_maps(settings(tmp_path / "in", batch=5))
    assert files(folder) == {"args.yaml", "a.jpg", "a.npy", "index.html", "sheet.png", "x.mp4", "y.mp4"}
    assert [len(frames_of(folder / name)[1]) for name in ("x.mp4", "y.mp4")] == [4, 6]


def interrupt_after(monkeypatch: pytest.MonkeyPatch, calls: int) -> None:
    class Interrupted(FakeExplainer):
        def explain(self, images, targets):
            if len(self.batches) == calls:
                raise KeyboardInterrupt
            return super().explain(images, targets)

    monkeypatch.setattr(columns, "open_explainer", Interrupted)


def test_ctrl_c_ends_a_stream_well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two cameras in turns, for ever."""
    image = np.full((48, 64, 3), 90, np.uint8)
    taken: list[str] = []

    def cameras(*_):
        for name in itertools.islice(itertools.cycle(("left", "right")), 99):
            taken.append(name)
            yield Frame(image, name, "stream", 10, None)

    monkeypatch.setattr(run, "read_source", cameras)
    interrupt_after(monkeypatch, 5)
    folder = draw_maps(settings("cameras.streams"))
    assert files(folder) == {"args.yaml", "left.mp4", "right.mp4"}
    assert [len(frames_of(folder / name)[1]) for name in ("left.mp4", "right.mp4")] == [3, 2]
    assert FakeExplainer.made[0].batches == [1] * 5
    assert len(taken) == 6


def test_a_list_of_streams_is_read(tmp_path: Path) -> None:
    (tmp_path / "cameras.streams").write_text(str(film(tmp_path / "camera.mp4", 40, fps=10)))
    frames = list(read_source("cameras.streams", 2))
    assert {(frame.kind, frame.fps, frame.total, frame.image.shape) for frame in frames} == {
        ("stream", 5.0, None, (48, 64, 3))
    }


def test_ctrl_c_stops_a_video_and_keeps_what_is_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    interrupt_after(monkeypatch, 2)
    with pytest.raises(KeyboardInterrupt):
        draw_maps(settings(film(tmp_path / "walk.mp4"), batch=3))
    assert len(frames_of(tmp_path / "runs" / "cam" / "cam" / "walk.mp4")[1]) == 6


def test_ctrl_c_keeps_the_sheet_of_what_is_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for i in range(4):
        picture(tmp_path / "in" / f"{i}.jpg")
    interrupt_after(monkeypatch, 1)
    with pytest.raises(KeyboardInterrupt):
        draw_maps(settings(tmp_path / "in", batch=2))
    page = (tmp_path / "runs" / "cam" / "cam" / "index.html").read_text("utf-8")
    assert page.count("<section>") == 2


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"source": "nowhere.jpg"}, "source=nowhere.jpg: .*does not exist"),
        ({"classes": ["persn"]}, "persn.*did you mean person"),
        ({"vid_stride": 0}, "vid_stride=0"),
        ({"colormap": "jett"}, "did you mean jet"),
        ({"model": []}, "model= is empty"),
    ],
)
def test_mistakes_leave_nothing_behind(tmp_path: Path, changes: dict, message: str) -> None:
    picture(tmp_path / "a.png")
    with pytest.raises(SliceError, match=message):
        draw_maps(settings(**{"source": "a.png", **changes}))
    assert files(tmp_path) == {"a.png"}


def test_a_source_without_pictures(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(b"nothing")
    with pytest.raises(SliceError, match="nothing in it could be read"):
        list(read_source("a.jpg"))
    (tmp_path / "empty").mkdir()
    with pytest.raises(SliceError, match="source=empty"):
        list(read_source("empty"))


def test_running_scale_against_its_definition() -> None:
    """Brightness of a map with peaks 4, 1, 1, 8 at half a frame a second: the reference halves each frame."""
    image = np.zeros((40, 60, 3), np.uint8)
    explainer = FakeExplainer("a.pt")
    scale, by_frame = VideoScale("running", "max", 0.5), VideoScale("frame", "max", 0.5)
    got, plain = [], []
    for peak in (4, 1, 1, 0, 8):
        image[0, 0] = peak
        explanation = explainer.explain([image], [list(columns.read_targets(settings(""), {}).values())])[0][0]
        got.append(float(scale(explanation).max()))
        plain.append(float(by_frame(explanation).max()))
    assert got == [1, 0.5, 1, 0, 1]
    assert plain == [1, 1, 1, 1, 1]
