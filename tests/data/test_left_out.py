"""Files that nothing has read are named, whatever the format; what is no part of a data set is not."""

import json
import os
import shutil
import sys

import pytest
from format_maker import FORMAT_MAKERS, ROWS
from set_maker import save_noise, save_rows
from voc_maker import annotation_xml, box_xml, make_voc, save_annotation

from yolo_slice.annotations.coco_json import is_coco_json
from yolo_slice.annotations.yolo_labels import is_label_file
from yolo_slice.data import check_dataset, convert_dataset


def save_pair(root, place, suffix, text):
    save_noise(root / f"{place}.jpg")
    (root / place).with_suffix(suffix).write_text(text, encoding="utf-8")


def save_voc(root, place):
    save_pair(root, place, ".xml", annotation_xml(box_xml()))


def save_year(root, year):
    make_voc(root / f"VOC{year}", train="1 2", val="3")
    for file in sorted((root / f"VOC{year}/JPEGImages").iterdir()):
        save_noise(file, seed=f"{year} {file.name}")


def make_devkit(root):
    shutil.rmtree(root)
    save_year(root, 2012)
    save_year(root, 2010)


def save_second_json(root):
    content = (root / "annotations/instances_train.json").read_text("utf-8")
    (root / "annotations/cars.json").write_text(content, encoding="utf-8")


def add_hidden(root):
    save_noise(root / "images/train/.hid.jpg")
    save_rows(root, "train/.hid", "0 .5 .5 .1 .1")


# what is planted: format, how, what is said
LOSSES = {
    "roboflow-voc, another folder": (
        "roboflow-voc", lambda root: save_voc(root, "export/x"),
        ["export: 1 image and 1 annotation in no split: x.jpg, x.xml; left out"],
    ),
    "roboflow-voc, deeper": (
        "roboflow-voc", lambda root: save_voc(root, "train/deep/er/x"),
        ["train/deep: 1 image and 1 annotation in no split: er/x.jpg, er/x.xml; left out"],
    ),
    "side-by-side, another folder": (
        "side-by-side", lambda root: save_pair(root, "more/m", ".txt", ROWS),
        ["more: 1 image and 1 annotation in no split: m.jpg, m.txt; left out"],
    ),
    "side-by-side, deeper": (
        "side-by-side", lambda root: save_pair(root, "train/deep/m", ".txt", ROWS),
        ["train/deep: 1 image and 1 annotation in no split: m.jpg, m.txt; left out"],
    ),
    "devkit, another year": (
        "voc", make_devkit, ["VOC2010: 3 annotations and 3 images in no split: " + ", ".join(
            [f"Annotations/{n}.xml" for n in (1, 2, 3)] + [f"JPEGImages/{n}.jpg" for n in (1, 2, 3)]
        ) + "; left out"],
    ),
    "voc, images deeper": (
        "voc", lambda root: save_noise(root / "JPEGImages/sub/z.jpg"),
        ["JPEGImages/sub/z.jpg: image without an annotation; left out"],
    ),
    "voc, annotations deeper": (
        "voc", lambda root: save_annotation(root / "Annotations/sub/z.xml"),
        ["Annotations/sub/z.xml: annotation in no split; left out"],
    ),
    "voc, another suffix": (
        "voc", lambda root: save_noise(root / "JPEGImages/a.png"),
        ["Annotations/a.xml: more than one image: a.jpg, a.png; image left out"],
    ),
    "voc, another folder of images": (
        "voc", lambda root: save_noise(root / "images/y.jpg"),
        ["images/y.jpg: image without an annotation; left out"],
    ),
    "voc, an old set": (
        "voc", lambda root: save_voc(root, "old/x"),
        ["old: 1 image and 1 annotation in no split: x.jpg, x.xml; left out"],
    ),
    "voc, no images but its own are there": (
        "voc", lambda root: save_annotation(root / "spare.xml"), ["spare.xml: annotation in no split; left out"],
    ),
    "coco, another name": (
        "coco", save_second_json, ["annotations/cars.json: annotation in no split; left out"],
    ),
    "coco, an image without annotation": (
        "coco", lambda root: save_noise(root / "deep/er/x.jpg"),
        ["deep/er/x.jpg: image without an annotation; left out"],
    ),
    "label-studio, a second export": (
        "label-studio", lambda root: (root / "old.json").write_text('{"images": []}'),
        ["old.json: annotation in no split; left out"],
    ),
    "cvat, a second file": (
        "cvat", lambda root: save_annotation(root / "job/b.xml", "<annotations><image/></annotations>"),
        ["job/b.xml: annotation in no split; left out"],
    ),
    "yolo, labels without images": (
        "yolo", lambda root: save_rows(root, "other/o", "0 .5 .5 .1 .1"),
        ["labels/other/o.txt: annotation without an image; left out"],
    ),
    "yolo, beside the splits": (
        "yolo", lambda root: (root / "holdout").mkdir() or save_pair(root, "holdout/h", ".txt", ROWS),
        ["holdout: 1 image and 1 annotation in no split: h.jpg, h.txt; left out"],
    ),
    "yolo, hidden": (
        "yolo", add_hidden,
        [f"{place}: {what} in no split; left out"
         for place, what in (("images/train/.hid.jpg", "image"), ("labels/train/.hid.txt", "annotation"))],
    ),
    "darknet, labels that are not those used": (
        "darknet", lambda root: (root / "obj_train_data/z.txt").write_text(ROWS),
        ["obj_train_data/z.txt: annotation without an image; left out"],
    ),
    "darknet, unlisted": (
        "darknet", lambda root: save_pair(root, "obj_train_data/z", ".txt", ROWS),
        ["obj_train_data: 1 image and 1 annotation in no split: z.jpg, z.txt; left out"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("loss", LOSSES)
def test_what_is_lost_is_named(tmp_path, loss):
    """A conversion and a check name the same."""
    format, plant, expected = LOSSES[loss]
    root = FORMAT_MAKERS[format](tmp_path / "set")
    plant(root)
    assert [str(finding) for finding in convert_dataset(root, tmp_path / "out", to="yolo").findings] == expected
    assert [str(finding) for finding in check_dataset(root).findings] == expected


HARMLESS = {
    "README.txt": "0 images, 5 classes\n",
    "README.roboflow.txt": "This data set has 3 images.\n",
    "notes.json": "{}\n",
    "package.json": '{"name": "x"}\n',
    "pom.xml": "<project/>\n",
    "other.yaml": "a: 1\n",
    "labels.cache": "x",
    "val.cache": "x",
    "predictions.txt": "0 0.5 0.5 0.1 0.1 0.9\n",
    "runs/train/exp/val_batch0.jpg": None,
    "runs/predict/labels/a.txt": ROWS,
    ".git/x.jpg": None,
    ".ipynb_checkpoints/a.jpg": None,
    "._a.jpg": "x",
    "SegmentationClass/a.png": None,
}


@pytest.mark.parametrize("name", FORMAT_MAKERS)
def test_what_is_no_part_of_it_is_not_named(tmp_path, name):
    root = FORMAT_MAKERS[name](tmp_path / "set")
    for place, text in HARMLESS.items():
        (root / place).parent.mkdir(parents=True, exist_ok=True)
        save_noise(root / place) if text is None else (root / place).write_text(text, encoding="utf-8")
    assert check_dataset(root, format=name).findings == ()


@pytest.mark.parametrize("to", ["yolo", "voc", "coco"])
@pytest.mark.parametrize("name", FORMAT_MAKERS)
def test_our_own_results_have_nothing_left_out(tmp_path, name, to):
    convert_dataset(FORMAT_MAKERS[name](tmp_path / "set"), tmp_path / "out", to=to)
    assert {finding.kind for finding in check_dataset(tmp_path / "out").findings} <= {"leakage"}


def test_many_are_summarised(tmp_path):
    root = FORMAT_MAKERS["yolo"](tmp_path / "set")
    for number in range(25):
        save_noise(root / f"more/{number % 5}/{number:02}.jpg")
    (finding,) = check_dataset(root).findings
    assert str(finding).startswith("more: 25 images in no split: 0/00.jpg, 0/05.jpg, ")
    assert str(finding).endswith("3/23.jpg and 5 more; left out")


def test_masks_are_those_of_something(tmp_path):
    root = FORMAT_MAKERS["voc"](tmp_path / "set")
    save_noise(root / "masks/b.png")
    save_noise(root / "masks/alone.png")
    (finding,) = check_dataset(root).findings
    assert str(finding) == "masks/alone.png: image without an annotation; left out"


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights on Windows")
def test_links(tmp_path):
    """A linked folder that is read is looked into; another is named, unless it leads to what is looked into anyway."""
    root = FORMAT_MAKERS["voc"](tmp_path / "set")
    (root / "JPEGImages").rename(tmp_path / "elsewhere")
    (root / "JPEGImages").symlink_to(tmp_path / "elsewhere")
    (root / "again").symlink_to(root)
    assert check_dataset(root).findings == ()
    save_noise(tmp_path / "elsewhere/more/x.jpg")
    (root / "other").symlink_to(tmp_path / "elsewhere")
    (root / "same.jpg").symlink_to(root / "JPEGImages/a.jpg")
    os.link(root / "JPEGImages/a.jpg", root / "hard.jpg")
    assert [str(finding) for finding in check_dataset(root).findings] == [
        "other: linked folder in no split; left out",
        "JPEGImages/more/x.jpg: image without an annotation; left out",
    ]


def test_a_single_file_is_not_its_folder(tmp_path):
    """Other data sets may lie beside a JSON; images/ and labels/ of a data YAML are its own."""
    root = FORMAT_MAKERS["coco"](tmp_path / "coco")
    save_noise(root / "more/x.jpg")
    save_noise(root / "images/train/y.jpg")
    found = check_dataset(root / "annotations/instances_train.json").findings
    assert [finding.file.name for finding in found] == ["y.jpg"]
    root = FORMAT_MAKERS["yolo"](tmp_path / "yolo")
    save_noise(root / "more/x.jpg")
    save_noise(root / "images/more/y.jpg")
    assert [finding.file.name for finding in check_dataset(root / "data.yaml").findings] == ["y.jpg"]


def test_a_moved_data_yaml_leaves_all_images_beside_it_out(tmp_path):
    """`path` still leads to where the set was: what is beside the YAML is a copy that nobody reads."""
    one, two = FORMAT_MAKERS["yolo"](tmp_path / "one"), tmp_path / "two"
    (one / "data.yaml").write_text(f"path: {one}\ntrain: images/train\nval: images/val\nnames: [cat, dog]\n")
    shutil.copytree(one, two)
    (finding,) = check_dataset(two).findings
    assert "3 images and 3 annotations in no split: images/train/a.jpg" in str(finding)


def test_signs_of_labels(tmp_path):
    texts = {
        "0 .5 .5 .1 .1\n": True, "\n 3 1e-3 0.2 .1 .1": True, "0 .1 .1 .2 .1 .2 .2": True, "dog .5 .5 .1 .1": False,
        "0 .5 .5 .1 .1 .9": False, "images/a.jpg": False, "": False, "1 2 3 4": False,
    }  # fmt: skip
    for text, expected in texts.items():
        (tmp_path / "a.txt").write_text(text)
        assert is_label_file(tmp_path / "a.txt") == expected, text
    (tmp_path / "labels").mkdir()
    for name, expected in {"a.txt": True, "classes.txt": False, "a.md": False}.items():
        (tmp_path / "labels" / name).write_text("anything")
        assert is_label_file(tmp_path / "labels" / name) == expected, name


def test_signs_of_coco(tmp_path):
    long = {"info": "x" * 9000, "images": [], "categories": [], "licenses": "y" * 9000}
    texts = {
        "a.json": (json.dumps({"images": []}), True), "b.json": (json.dumps(long), False),
        "c.json": (json.dumps(long | {"annotations": []}), True), "d.json": ('[{"image_id": 1}]', False),
        "captions_val.json": ('{"images": []}', False), "person_keypoints_val.json": ('{"images": []}', True),
    }  # fmt: skip
    for name, (text, expected) in texts.items():
        (tmp_path / name).write_text(text)
        assert is_coco_json(tmp_path / name) == expected, name
    (tmp_path / "instances_val.json").write_text("{}")
    assert not is_coco_json(tmp_path / "person_keypoints_val.json")
