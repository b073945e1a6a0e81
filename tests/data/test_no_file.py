"""What is no file in the place of one: it is said, and not read."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from yolo_slice.annotations.coco_json import is_coco_json
from yolo_slice.annotations.examine import true_wh
from yolo_slice.annotations.values import read_json
from yolo_slice.annotations.voc_xml import read_annotation, root_tag
from yolo_slice.annotations.yolo_labels import is_label_file, read_labels
from yolo_slice.data.checking.picture import look_at
from yolo_slice.errors import SliceError
from yolo_slice.integration.data.bounded_yaml import load_yaml


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes among its files")
def test_no_picture(tmp_path: Path) -> None:
    """A pipe would be waited for, a link to /dev/zero read until memory ends."""
    os.mkfifo(tmp_path / "a.jpg")
    with pytest.raises(SliceError, match="a device or a pipe, not a file"):
        true_wh(tmp_path / "a.jpg")
    look = look_at(tmp_path / "a.jpg")
    assert not look.is_readable
    assert [str(finding.message) for finding in look.findings] == ["cannot be decoded (a device or a pipe, not a file)"]


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
    with pytest.raises(SliceError, match=r"not a file|no file"):
        read(tmp_path / "a.json")
