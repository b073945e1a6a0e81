"""The drawn data set: VOC XML that any reader understands, the same in Ultralytics' format, and the shipped YAML."""

import functools
import hashlib
from pathlib import Path
from xml.etree import ElementTree

import cv2
import numpy as np
import pytest

import yolo_slice.demo
from yolo_slice.demo.dataset import annotation, draw_dataset, draw_pictures, draw_voc, is_difficult
from yolo_slice.demo.scene import NAMES, Label, Picture
from yolo_slice.errors import SliceError

BLANK = np.zeros((30, 40, 3), np.uint8)


@pytest.fixture(scope="module")
def voc(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("voc")
    draw_voc(folder, seed=1, train=3, val=2)
    return folder


def corners(item: ElementTree.Element) -> list[int]:
    return [int(item.findtext(f"bndbox/{tag}", "")) for tag in ("xmin", "ymin", "xmax", "ymax")]


def digests(folder: Path) -> dict[str, str]:
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_corners_count_from_1_and_belong_to_the_object():
    root = ElementTree.fromstring(annotation("a", Picture(BLANK, (Label("car", (2, 3, 10, 20), 1.0, True),))))
    assert corners(root.findall("object")[0]) == [3, 4, 10, 20]
    assert [root.findtext(f"size/{tag}") for tag in ("width", "height", "depth")] == ["40", "30", "3"]
    assert [root.findtext(f"object/{tag}") for tag in ("name", "truncated", "difficult")] == ["car", "1", "0"]


@pytest.mark.parametrize(
    ("xyxy", "visible", "expected"),
    [((0, 0, 9, 4), 1.0, False), ((0, 0, 7, 7), 1.0, True), ((0, 0, 9, 9), 0.59, True), ((0, 0, 8, 2), 0.6, False)],
)
def test_tiny_and_mostly_hidden_things_are_difficult(xyxy, visible, expected):
    assert is_difficult(Label("car", xyxy, visible, False)) is expected


def test_every_listed_image_has_a_picture_and_an_annotation_that_agree(voc):
    stems = [s for split in ("train", "val") for s in (voc / f"ImageSets/Main/{split}.txt").read_text().split()]
    assert len(stems) == 5
    assert {path.stem for path in (voc / "JPEGImages").iterdir()} == {*stems}
    assert {path.stem for path in (voc / "Annotations").iterdir()} == {*stems}
    for stem in stems:
        root = ElementTree.parse(voc / "Annotations" / f"{stem}.xml").getroot()
        h, w = cv2.imread(str(voc / "JPEGImages" / str(root.findtext("filename")))).shape[:2]
        assert [root.findtext("size/width"), root.findtext("size/height")] == [str(w), str(h)]
        assert root.findall("object")
        for item in root.findall("object"):
            x1, y1, x2, y2 = corners(item)
            assert 1 <= x1 <= x2 <= w
            assert 1 <= y1 <= y2 <= h
            assert item.findtext("name") in NAMES


def test_train_and_val_are_different_pictures(voc):
    digest = digests(voc / "JPEGImages")
    assert len(set(digest.values())) == len(digest)


@pytest.mark.long
def test_the_same_seed_writes_the_same_files(voc, tmp_path):
    draw_voc(tmp_path / "again", seed=1, train=3, val=2)
    draw_voc(tmp_path / "other", seed=2, train=1, val=1)
    assert digests(tmp_path / "again") == digests(voc)
    assert not {*digests(tmp_path / "other" / "JPEGImages").values()} & {*digests(voc / "JPEGImages").values()}


def test_the_converted_labels_are_the_drawn_boxes(tmp_path):
    """The converter's convention, which is Ultralytics' VOC.yaml's: one pixel less in each direction, see its page."""
    draw_dataset(tmp_path / "set", seed=3, train=1, val=1)
    (picture,) = draw_pictures(1, (3, 0))
    drawn = [label for label in picture.labels if not is_difficult(label)]
    text = (tmp_path / "set/labels/train/train_0000.txt").read_text()
    rows = [[float(v) for v in line.split()] for line in text.splitlines()]
    assert [NAMES[int(row[0])] for row in rows] == [label.name for label in drawn]
    for (_, cx, cy, w, h), label in zip(rows, drawn, strict=True):
        found = np.array([cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2]) * 320
        assert np.abs(found - label.xyxy).max() <= 1.01


@pytest.mark.slow
def test_difficult_things_are_not_in_the_labels(tmp_path, monkeypatch):
    monkeypatch.setattr("yolo_slice.demo.dataset.DIFFICULT_BELOW", 0.95)
    draw_dataset(tmp_path / "set", seed=0, train=2, val=1)
    labels = [label for split, n in enumerate((2, 1)) for p in draw_pictures(n, (0, split)) for label in p.labels]
    kept = sum(len(path.read_text().splitlines()) for path in (tmp_path / "set/labels").rglob("*.txt"))
    assert kept == sum(not is_difficult(label) for label in labels)
    assert 0 < kept < len(labels)


@pytest.mark.parametrize(("train", "val"), [(0, 1), (1, 0), (-1, 2)])
def test_a_split_without_images_is_refused(tmp_path, train, val):
    with pytest.raises(SliceError, match=f"at least one image, not {train} and {val}"):
        draw_dataset(tmp_path / "set", train=train, val=val)
    assert not any(tmp_path.iterdir())


def test_a_negative_seed_is_refused(tmp_path):
    with pytest.raises(SliceError, match="0 or more, not -1"):
        draw_dataset(tmp_path / "set", seed=-1)


def test_a_folder_in_use_is_refused_before_anything_is_drawn(tmp_path, monkeypatch):
    monkeypatch.delattr("yolo_slice.demo.dataset.draw_voc")
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(SliceError, match="not an empty folder"):
        draw_dataset(tmp_path, train=1, val=1)
    with pytest.raises(SliceError, match="not an empty folder"):
        draw_dataset(tmp_path / "mine.txt", train=1, val=1)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_an_interruption_leaves_nothing_behind(tmp_path, monkeypatch):
    def interrupt(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("yolo_slice.demo.dataset.convert_voc", interrupt)
    with pytest.raises(KeyboardInterrupt):
        draw_dataset(tmp_path / "set", train=1, val=1)
    assert not any(tmp_path.iterdir())


class TestShippedYaml:
    """`data=slice-demo.yaml`, through Ultralytics' own check of a data set."""

    @pytest.fixture(autouse=True)
    def small_and_offline(self, tmp_path, monkeypatch):
        import ultralytics.data.utils as host

        monkeypatch.setattr(host, "DATASETS_DIR", tmp_path)
        monkeypatch.setattr(host, "check_font", lambda *_: None)
        monkeypatch.setattr(yolo_slice.demo, "draw_dataset", functools.partial(draw_dataset, train=4, val=1))

    @pytest.mark.long
    def test_it_is_drawn_at_first_use_only(self, tmp_path):
        from ultralytics.data.utils import check_det_dataset

        data = check_det_dataset("slice-demo.yaml")
        assert data["names"] == dict(enumerate(NAMES))
        assert len(list(Path(data["train"]).iterdir())) == 4
        assert len(list(Path(data["val"]).iterdir())) == 1
        assert [path.name for path in tmp_path.iterdir()] == ["slice-demo"]
        first = digests(tmp_path)
        check_det_dataset("slice-demo.yaml")
        assert digests(tmp_path) == first

    @pytest.mark.long
    def test_it_has_the_names_that_the_converter_chooses(self, tmp_path):
        from ultralytics.data.utils import check_det_dataset

        shipped = check_det_dataset("slice-demo.yaml")
        assert check_det_dataset(str(tmp_path / "slice-demo/data.yaml"))["names"] == shipped["names"]

    def test_somebody_elses_folder_is_refused(self, tmp_path):
        from ultralytics.data.utils import check_det_dataset

        (tmp_path / "slice-demo").mkdir()
        (tmp_path / "slice-demo/mine.txt").write_text("mine")
        with pytest.raises(SliceError, match="not an empty folder"):
            check_det_dataset("slice-demo.yaml")
