"""What is said of odd sets is true, and odd names cost no labels: small sets, each with one oddity."""

import json
from pathlib import Path

import pytest
from format_maker import FORMAT_MAKERS
from set_maker import load_coco, make_coco_set, make_voc_set, make_yolo_set, save_coco, save_noise, save_yaml
from voc_maker import annotation_xml, box_xml, make_voc, save_annotation, save_list

from yolo_slice.annotations.findings import Finding
from yolo_slice.data import check_dataset, convert_dataset
from yolo_slice.errors import SliceError


def say(root, **options):
    return [str(finding) for finding in convert_dataset(root, root.parent / "out", to="yolo", **options).findings]


def test_a_line_may_mean_an_annotation_in_a_deeper_folder(tmp_path):
    """The line must not be taken for the annotation of that name that is not in a folder."""
    root = make_voc(tmp_path / "set", train="a b", val="c")
    save_annotation(root / "Annotations/sub/a.xml")
    save_list(root, "train", "sub/a b JPEGImages/a.jpg")
    assert say(root) == [
        "ImageSets/Main/train.txt: lists 'sub/a', whose annotation is in a deeper folder; left out",
        "Annotations/sub/a.xml: annotation in no split; left out",
    ]


@pytest.mark.parametrize(
    ("format", "file"), [("darknet", "obj.names"), ("side-by-side", "classes.txt"), ("yolo", "classes.txt")]
)
def test_a_name_that_is_there_twice(tmp_path, format, file):
    root = FORMAT_MAKERS[format](tmp_path / "set")
    if format == "yolo":
        (root / "data.yaml").unlink()
    (root / file).write_text("cat\ndog\ncat\n", encoding="utf-8")
    assert [line for line in say(root) if file in line] == [f"{file}: the classes 0 and 2 are both 'cat'; made one"]


@pytest.mark.parametrize("name", ["x ", " x", "\ufeffx", "x\xa0"])
def test_names_that_no_line_of_a_list_can_hold(tmp_path, name):
    """VOC's lists get another name, the side file keeps the image's own; nothing is lost on the way back."""
    root = make_yolo_set(tmp_path / "set")
    for place in ("images/train/a.jpg", "labels/train/a.txt"):
        (root / place).rename(root / place.replace("a.", f"{name}."))

    there = convert_dataset(root, tmp_path / "voc", to="voc")
    back = convert_dataset(tmp_path / "voc", tmp_path / "back", to="yolo")

    assert there.findings == back.findings == ()
    assert back.boxes == {"train": 4, "val": 2}
    assert {file.name for file in (tmp_path / "back/images/train").iterdir()} == {"b.jpg", f"{name}.jpg"}
    assert len((tmp_path / "voc/ImageSets/Main/train.txt").read_text("utf-8").splitlines()) == 2


def test_blanks_at_the_ends_of_names_of_a_voc_folder(tmp_path):
    root = make_voc(tmp_path / "set", train="a b", val="c")
    for place in ("Annotations/b.xml", "JPEGImages/b.jpg"):
        (root / place).rename(root / place.replace("b.", "b ."))
    assert say(root) == []


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("q", "does not end as that of an image: Ultralytics does not see it"),
        (".hid.jpg", "is hidden: Ultralytics does not see it"),
        (".deep/a.jpg", "is hidden: Ultralytics does not see it"),
    ],
)
def test_images_that_ultralytics_does_not_see_are_named(tmp_path, name, reason):
    root = make_coco_set(tmp_path / "set")
    data = load_coco(root)
    data["images"][0]["file_name"] = name
    save_coco(root, "train", data)
    (root / "images/train" / name).parent.mkdir(exist_ok=True)
    (root / "images/train/a.jpg").rename(root / "images/train" / name)
    assert say(root) == [f"annotations/instances_train.json: the name of image '{name}' {reason}; image left out"]


@pytest.mark.parametrize("use", ["train", "val", "test"])
def test_what_a_result_is_good_for(tmp_path, use):
    root = make_voc(tmp_path / "set", **{use: "a b c"})
    if use != "train":
        save_list(root, "train", "")
        (root / "ImageSets/Main/train.txt").unlink()
    result = convert_dataset(root, tmp_path / "out", to="yolo")
    *_, last = result.describe()
    yolo = f"data={tmp_path / 'out/data.yaml'}"
    told = {
        "train": f"Train with: yolo train model=yolov8n-slice.yaml {yolo}",
        "val": f"Nothing to train on; measure with: yolo val model=MODEL.pt {yolo} split=val",
        "test": f"Nothing to train on; measure with: yolo val model=MODEL.pt {yolo} split=test",
    }
    assert result.uses == ("train", "val") if use == "train" else (use,)
    assert last == told[use]


def test_one_is_not_several(tmp_path):
    root = make_voc(tmp_path / "set", train="a", val="b")
    assert "train: 1 image, 1 object, and 0 kept aside" in [
        *convert_dataset(root, tmp_path / "o", to="yolo").describe()
    ]


def test_category_ids_as_text(tmp_path):
    root = make_coco_set(tmp_path / "set")
    data = load_coco(root)
    data["categories"] = [{**category, "id": str(category["id"])} for category in data["categories"]]
    data["annotations"][0]["category_id"] = "1"
    save_coco(root, "train", data)
    result = convert_dataset(root, tmp_path / "out", to="coco")
    assert result.findings == ()
    assert result.classes == {"cat": 1, "dog": 2}
    assert result.boxes == {"train": 4, "val": 2}


@pytest.mark.parametrize(
    ("category", "reason"),
    [
        ({"id": 1, "name": "a\nb"}, r"category no. 1: the name is 'a\nb', not a text of one line"),
        ({"id": "x", "name": "a"}, "category no. 1: the id is 'x', not a whole number"),
        (7, "category no. 1 is 7, not an object with id and name"),
    ],
)
def test_reasons_of_categories(tmp_path, category, reason):
    root = make_coco_set(tmp_path / "set")
    save_coco(root, "train", {**load_coco(root), "categories": [category]})
    with pytest.raises(SliceError) as fault:
        check_dataset(root)
    assert str(fault.value).endswith(reason)


@pytest.mark.parametrize("digits", [400, 5000])
@pytest.mark.parametrize("format", ["voc", "coco", "cvat"])
def test_widths_that_no_image_has(tmp_path, format, digits):
    root = FORMAT_MAKERS[format](tmp_path / "set")
    file = next(
        root / place
        for place in ("Annotations/b.xml", "annotations/instances_train.json", "annotations.xml")
        if (root / place).exists()
    )
    text = file.read_text("utf-8")
    for sign in ("<width>100", '"width": 100', 'width="100'):
        text = text.replace(sign, sign.replace("100", "1" * digits), 1)
    file.write_text(text, encoding="utf-8")
    (line,) = say(root)
    assert "gives no usable size: width is " in line
    assert line.endswith("not a finite number; the image's size is used")
    assert len(line) < 200


def test_names_that_yaml_takes_for_something_else(tmp_path):
    root = make_yolo_set(tmp_path / "set")
    (root / "data.yaml").write_text("train: images/train\nval: images/val\nnames: [null, yes, 3, no one]\n")
    assert [line for line in say(root) if "YAML takes" in line] == [
        "data.yaml: class 0 is called 'None': YAML takes what is written there for no text; quote it",
        "data.yaml: class 1 is called 'True': YAML takes what is written there for no text; quote it",
    ]
    save_yaml(root, train="images/train", val="images/val", names=["null", "yes", "3"])
    assert not [finding for finding in check_dataset(root).findings if "YAML takes" in str(finding)]


def damaged(root):
    """Plant many faults that files and annotations tell."""
    save_list(root, "train", "a b c ghost")
    save_annotation(root / "Annotations/b.xml", annotation_xml(*3 * [box_xml()], box_xml("Dog", (9, 9, 9, 9))))
    save_annotation(root / "Annotations/bad.xml", "<annotation>")
    save_noise(root / "JPEGImages/bare.jpg")
    save_list(root, "test", "bad")
    save_annotation(root / "Annotations/far.xml")
    return root


def test_convert_and_check_find_the_same(tmp_path):
    root = damaged(make_voc_set(tmp_path / "set"))
    converted = convert_dataset(root, tmp_path / "out", to="yolo").findings
    assert converted == check_dataset(root).findings
    assert len({finding.kind for finding in converted}) >= 6
    save_noise(root / "JPEGImages/a.jpg", orientation=3)  # only pixels and tags tell
    rest = {*check_dataset(root).findings} - {*convert_dataset(root, tmp_path / "again", to="yolo").findings}
    assert {finding.kind for finding in rest} == {"exif-rotation"}


def test_strict_lets_pass_what_changes_nothing(tmp_path):
    root = make_voc_set(tmp_path / "set")
    save_annotation(root / "Annotations/b.xml", annotation_xml(*2 * [box_xml("cat")], box_xml("dog")))
    result = convert_dataset(root, tmp_path / "out", to="yolo", strict=True)
    assert [finding.kind for finding in result.findings] == ["duplicate-box"]
    assert result.folder
    save_noise(root / "more/x.jpg")
    assert convert_dataset(root, tmp_path / "again", to="yolo", strict=True).folder is None
    assert not (tmp_path / "again").exists()


def test_json_is_still_read_exactly(tmp_path):
    """The way for numbers of many digits keeps the others whole."""
    root = make_coco_set(tmp_path / "set")
    file = root / "annotations/instances_train.json"
    data = load_coco(root)
    data["info"] = {"x": 0}
    file.write_text(json.dumps(data).replace('"x": 0', '"x": ' + "9" * 5000), encoding="utf-8")
    assert convert_dataset(root, tmp_path / "out", to="yolo").images == {"train": 2, "val": 1}


def test_a_name_with_spaces_is_said_as_it_is() -> None:
    """A finding is one line, whatever a parser's message looks like, but a file's name is left alone."""
    finding = Finding("degenerate-box", Path(" a  b.xml"), "degenerate\n  box ", 2, "RBC", action="left out")
    assert str(finding) == " a  b.xml, object 2 (RBC): degenerate box; left out"
