"""What may not be read is named: nothing of it is left out in silence."""

import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from format_maker import FORMAT_MAKERS
from set_maker import save_yaml

from yolo_slice.cli import main
from yolo_slice.data import check_dataset
from yolo_slice.errors import SliceError
from yolo_slice.integration.data.data_yaml import read_data_split

NOBODY = 65534

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows knows no such permissions")


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder that every user may look into; the test is none who may read everything."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve()
        folder.chmod(0o755)
        check_dataset(FORMAT_MAKERS["yolo"](folder / "imports"))  # nobody may not look into everything that Python has
        user = os.geteuid()
        yield folder
        os.seteuid(user)
        for file in folder.rglob("*"):
            file.chmod(0o755)


def become_nobody() -> None:
    if os.geteuid() == 0:
        os.seteuid(NOBODY)


# format, what may not be read, how, what is said of it
CASES = {
    "images": ("yolo", "images/train", 0, "images/train: Permission denied: nothing in it is known"),
    "labels": ("yolo", "labels/train", 0, "labels/train: Permission denied: nothing in it is known"),
    "labels that are only listed": ("yolo", "labels/train", 0o444, "labels/train/a.txt: cannot be read as text"),
    "a label": ("yolo", "labels/train/a.txt", 0, "labels/train/a.txt: cannot be read as text"),
    "an image": ("yolo", "images/train/a.jpg", 0, "images/train/a.jpg: a.jpg cannot be read as an image"),
    "images of COCO": ("coco", "images/train", 0, "images/train: Permission denied: nothing in it is known"),
    "an XML": ("voc", "Annotations/a.xml", 0, "Annotations/a.xml: "),
    "another folder": ("voc", "more", 0, "more: Permission denied: nothing in it is known"),
    "images of darknet": ("darknet", "obj_train_data", 0, "obj_train_data: Permission denied: nothing in it is known"),
}


@pytest.mark.parametrize("case", CASES)
def test_it_is_a_finding(place, case):
    format, name, mode, expected = CASES[case]
    root = FORMAT_MAKERS[format](place / "set")
    (root / "more").mkdir()
    (root / name).chmod(mode)
    become_nobody()
    report = check_dataset(root)
    assert [finding for finding in report.findings if str(finding).startswith(expected) and finding.is_error]


@pytest.mark.parametrize(
    ("format", "name"),
    [("voc", "Annotations"), ("voc", "JPEGImages"), ("coco", "annotations"), ("side-by-side", "train"), ("yolo", "")],
)
def test_it_ends_a_check_that_cannot_do_without(place, capsys, format, name):
    root = FORMAT_MAKERS[format](place / "set")
    (root / name).chmod(0)
    become_nobody()
    assert main(["data", "check", str(root)]) == 1
    error = capsys.readouterr().err
    assert "ermission denied" in error
    assert str(root / name) in error or f"{name} (permission denied)" in error
    assert "Errno" not in error


def test_images_outside_of_the_set(place):
    """A data YAML may name any folder."""
    root = FORMAT_MAKERS["yolo"](place / "set")
    (place / "elsewhere/deep").mkdir(parents=True)
    save_yaml(root, train=["images/train", str(place / "elsewhere")], val="images/val", names=["cat", "dog"])
    (place / "elsewhere/deep").chmod(0)
    become_nobody()
    assert f"{place}/elsewhere/deep: Permission denied: nothing in it is known" in map(
        str, check_dataset(root).findings
    )
    with pytest.raises(SliceError, match="elsewhere/deep cannot be looked into: Permission denied"):
        read_data_split(root / "data.yaml", "train")
