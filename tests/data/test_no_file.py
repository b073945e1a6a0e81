"""What is no file in the place of one, and what is beyond reason: it is said, and not read."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from set_maker import make_yolo_set

from yolo_slice.annotations.coco_json import is_coco_json
from yolo_slice.annotations.examine import true_wh
from yolo_slice.annotations.values import read_json
from yolo_slice.annotations.voc_xml import read_annotation, root_tag
from yolo_slice.annotations.yolo_labels import is_label_file, read_labels
from yolo_slice.cam.image_input import read_image
from yolo_slice.data import convert_dataset
from yolo_slice.data.checking.picture import look_at
from yolo_slice.errors import SliceError
from yolo_slice.foreign_files import LARGEST_IMAGE
from yolo_slice.integration.data.bounded_yaml import load_yaml
from yolo_slice.integration.data.images import read_picture


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes among its files")
def test_no_picture(tmp_path: Path) -> None:
    """A pipe would be waited for, a link to /dev/zero read until memory ends."""
    os.mkfifo(tmp_path / "a.jpg")
    with pytest.raises(SliceError, match="is a device or a pipe, not a file"):
        true_wh(tmp_path / "a.jpg")
    look = look_at(tmp_path / "a.jpg")
    assert not look.is_readable
    [finding] = look.findings
    assert finding.message == "cannot be decoded (is a device or a pipe, not a file)"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes among its files")
@pytest.mark.parametrize("name", ["a.xml", "a.txt"])
def test_no_annotation(tmp_path: Path, name: str) -> None:
    os.mkfifo(file := tmp_path / name)
    (finding,) = read_annotation(file)[1] if name == "a.xml" else read_labels(file, None)[1]
    assert "a device or a pipe, not a file" in str(finding)
    assert (root_tag(file), is_coco_json(tmp_path / "a.json"), is_label_file(file)) == ("", False, False)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes among its files")
@pytest.mark.parametrize("read", [read_json, load_yaml])
def test_no_text(tmp_path: Path, read: Callable[[Path], object]) -> None:
    os.mkfifo(tmp_path / "a.json")
    with pytest.raises(SliceError, match="is a device or a pipe, not a file"):
        read(tmp_path / "a.json")


def lengthen(file: Path) -> Path:
    """Make a file larger than images are: it stays a readable image, and takes no place on the disk."""
    os.truncate(file, LARGEST_IMAGE + 1)
    return file


HUGE = "has 1,000.0 MB; more than 1,000 MB are not read"


def test_an_image_beyond_reason_is_not_read(tmp_path: Path) -> None:
    image = lengthen(make_yolo_set(tmp_path / "set") / "images" / "train" / "a.jpg")
    for read in (true_wh, read_image):
        with pytest.raises(SliceError, match=HUGE):
            read(image)
    assert not (look := look_at(image)).is_readable
    assert HUGE in str(look.findings[0])
    assert read_picture(image) is None


def test_an_image_beyond_reason_is_not_copied(tmp_path: Path) -> None:
    lengthen(make_yolo_set(tmp_path / "set") / "images" / "train" / "a.jpg")
    result = convert_dataset(tmp_path / "set", tmp_path / "out", to="coco")
    assert [HUGE in str(finding) for finding in result.findings if finding.kind == "unreadable-image"] == [True]
    assert not [*(tmp_path / "out").rglob("a.jpg")]


def test_a_text_beyond_reason_is_not_read(tmp_path: Path) -> None:
    (file := tmp_path / "a.json").touch()
    os.truncate(file, 1 << 40)
    with pytest.raises(SliceError, match=r"a\.json has 1,099,511\.6 MB; more than 8,000 MB are not read"):
        read_json(file)
