"""Whose class names hold for labels that lie beside their images."""

import pytest
from format_maker import FORMAT_MAKERS

from yolo_slice.data import check_dataset, convert_dataset


@pytest.fixture
def root(tmp_path):
    """A cat and a dog in each image; the names are in classes.txt of the folder above."""
    return FORMAT_MAKERS["side-by-side"](tmp_path / "set")


def findings(root, **settings):
    return [str(finding) for finding in check_dataset(root, **settings).findings]


@pytest.mark.parametrize("name", ["classes.txt", "_darknet.labels", "obj.names", "voc.names"])
def test_every_spelling_is_read(root, name):
    (root / "classes.txt").rename(root / name)
    assert check_dataset(root).classes() == [("cat", 3), ("dog", 3)]


def test_names_in_a_setting_do_not_change_what_the_labels_mean(root, tmp_path):
    """0 is cat in the file: it is class 1 of a result whose names are dog, cat."""
    convert_dataset(root, tmp_path / "out", to="yolo", names=["dog", "cat"])
    assert (tmp_path / "out/labels/train/a.txt").read_text().split("\n")[0].split() == ["1", "0.2", "0.5", "0.2", "0.5"]


def test_each_folder_has_its_own_names(root, tmp_path):
    (root / "val/classes.txt").write_text("dog\ncat\n")
    assert findings(root) == ["classes.txt: says cat, dog; val/classes.txt, which holds, dog, cat; not used for val"]
    convert_dataset(root, tmp_path / "out", to="yolo")
    first = {file.stem: file.read_text()[0] for file in (tmp_path / "out/labels").rglob("*.txt")}
    assert first == {"a": "0", "b": "0", "c": "1"}


def test_what_is_not_used_is_said(root):
    (root / "b.names").write_text("cat\ndog\n")  # the same
    (root / "obj.names").write_text("cow\n")
    (root / "a.names").write_text("\n")
    assert findings(root) == [
        "obj.names: says cow; classes.txt, which holds, cat, dog; not used for train",
        "a.names: holds no name",
        "obj.names: says cow; classes.txt, which holds, cat, dog; not used for val",
    ]


def test_names_that_are_given_serve_where_there_is_no_file(root):
    (root / "classes.txt").unlink()
    assert check_dataset(root).classes() == [("0", 3), ("1", 3)]
    assert check_dataset(root, names=["cat", "dog"]).classes() == [("cat", 3), ("dog", 3)]
