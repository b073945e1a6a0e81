"""There and back between all formats: boxes, classes, ids, flags and splits."""

import json
import os
import shutil
from xml.etree import ElementTree

import pytest
from voc_maker import annotation_xml, box_xml, make_voc, names_below, save_annotation, save_image, snapshot

from yolo_slice.data import convert_dataset
from yolo_slice.data.source import open_dataset
from yolo_slice.data.survey import Survey

FORMATS = ("yolo", "voc", "coco")
PART = "<part><name>head</name><bndbox><xmin>1</xmin></bndbox></part>"


def read_all(root, format=None):
    """Every image of a data set by split and file name, with its objects; nothing may be wrong with it."""
    found = {}
    dataset = open_dataset(root, format)
    survey = Survey(dataset)
    for split in dataset.splits:
        for record in survey.read(split, "test"):
            found[split.name, record.id] = record
    assert [finding for finding in survey.findings if finding.action] == []
    return dataset, found


def all_facts(records, digits, with_ids):
    return sorted(str(facts(record, digits, with_ids)) for record in records.values())


def facts(record, digits, with_ids):
    """What must survive, with the box in pixels."""
    return [
        (
            item.name,
            [f"{number:.{digits}g}" for number in item.box.xyxy(record.wh)],
            item.is_difficult,
            item.is_truncated,
            item.is_occluded,
            item.is_crowd,
            item.pose,
            item.area,
            item.segmentation,
            item.annotation_id if with_ids else None,
            dict(item.extra),
        )
        for item in record.items
    ]


@pytest.fixture
def voc(tmp_path):
    root = make_voc(tmp_path / "voc", train="a b.c", val="d")
    flags = "<difficult>1</difficult><truncated>1</truncated><occluded>1</occluded><pose>Left</pose>"
    objects = [
        box_xml("cat", (1, 1, 100, 80), PART),
        box_xml("dog", (2.5, 3.25, 40.123456789, 50), flags),
        box_xml("dog", (2.5, 3.25, 40.123456789, 50)),
    ]
    save_annotation(root / "Annotations/a.xml", annotation_xml(*objects))
    save_annotation(root / "Annotations/d.xml", annotation_xml())
    return root


COCO = {
    "info": {"description": "made for a test"},
    "licenses": [{"id": 1, "name": "none"}],
    "categories": [
        {"id": 7, "name": "köter", "supercategory": "animal"},
        {"id": 3, "name": "cat", "supercategory": "animal"},
    ],
    "images": [
        {"id": 50, "file_name": "x.jpg", "width": 100, "height": 80, "license": 1},
        {"id": 9, "file_name": "y.v2.png", "width": 64, "height": 48},
    ],
    "annotations": [
        {"id": 5, "image_id": 50, "category_id": 3, "bbox": [0, 0, 100, 80], "area": 4000.5, "iscrowd": 0},
        {"id": 2, "image_id": 50, "category_id": 7, "bbox": [1.08, 7.69, 61.59, 5.8], "area": 20, "iscrowd": 1,
         "segmentation": {"counts": [3, 4], "size": [80, 100]}},
        {"id": 1, "image_id": 50, "category_id": 7, "bbox": [1.0800000001, 7.123456789, 3.3, 5.8], "area": 9.75,
         "iscrowd": 0, "segmentation": [[1.5, 2, 3, 4, 5, 6.25]], "score_of_annotator": 0.5},
    ],
}  # fmt: skip


@pytest.fixture
def coco(tmp_path):
    root = tmp_path / "coco"
    (root / "annotations").mkdir(parents=True)
    (root / "annotations/instances_train2017.json").write_text(json.dumps(COCO), encoding="utf-8")
    save_image(root / "images/train2017/x.jpg")
    save_image(root / "images/train2017/y.v2.png", (64, 48))
    return root


@pytest.fixture
def yolo(tmp_path):
    root = tmp_path / "yolo"
    for split, stems in (("train", ("p", "sub/q")), ("val", ("p",))):
        for stem in stems:
            save_image(root / f"images/{split}/{stem}.jpg")
            label = root / f"labels/{split}/{stem}.txt"
            label.parent.mkdir(parents=True, exist_ok=True)
            label.write_text("1 0.5 0.5 1 1\n0 0.670312 0.982031 0.137500 0.035937\n", encoding="utf-8")
    (root / "mine.yaml").write_text(
        "train: images/train\nval: images/val\nnames: {0: köter, 1: 'no: 1'}\n", encoding="utf-8"
    )
    return root


@pytest.mark.parametrize("to", FORMATS)
@pytest.mark.parametrize("source", FORMATS)
def test_there_and_back_is_exact(request, tmp_path, source, to):
    root = request.getfixturevalue(source)
    before = snapshot(root)

    there = convert_dataset(root, tmp_path / "there", to=to)
    back = convert_dataset(tmp_path / "there", tmp_path / "back", to=source)

    assert {finding.kind for finding in there.findings} <= {"duplicate-box"}
    assert {finding.kind for finding in back.findings} <= {
        "duplicate-box",
        "leakage",
    }  # the host's layout needs a val, if only train
    assert snapshot(root) == before
    _, expected = read_all(root)
    dataset, found = read_all(tmp_path / "back")
    assert dataset.format == source
    digits = 6 if to == "coco" != source else 15  # COCO has no side file
    with_ids = source == "coco"
    assert all_facts(found, digits, with_ids) == all_facts(expected, digits, with_ids)
    if source == "coco":
        image_facts = sorted((r.image_id, sorted(r.extra.items())) for r in expected.values())
        assert sorted((r.image_id, sorted(r.extra.items())) for r in found.values()) == image_facts
        written = json.loads(next((tmp_path / "back/annotations").glob("*.json")).read_text("utf-8"))
        assert {key: written[key] for key in ("info", "licenses")} == {key: COCO[key] for key in ("info", "licenses")}
        assert written["categories"] == sorted(COCO["categories"], key=lambda entry: entry["id"])
        assert sorted(written["annotations"], key=lambda entry: entry["id"]) == sorted(
            COCO["annotations"], key=lambda entry: entry["id"]
        )


def drop_side_files(root):
    for file in [*root.rglob("*.jsonl"), *root.rglob("categories.json")]:
        file.unlink()


@pytest.mark.parametrize("to", FORMATS)
@pytest.mark.parametrize("source", FORMATS)
def test_without_side_files_boxes_keep_the_stated_rounding(request, tmp_path, source, to):
    root = request.getfixturevalue(source)
    convert_dataset(root, tmp_path / "there", to=to)
    drop_side_files(tmp_path / "there")
    if to == "yolo":  # labels have no place for difficult and crowd objects
        expected_items = lambda record: [item for item in record.items if not item.is_set_aside]  # noqa: E731 (one of two)
    else:
        expected_items = lambda record: record.items  # noqa: E731 (one of two)

    _, expected = read_all(root)
    _, found = read_all(tmp_path / "there")

    assert len(found) == len(expected)
    pairs = zip(sorted(expected.items()), sorted(found.items()), strict=True)
    for (_, one), (_, two) in pairs:
        assert one.wh == two.wh
        border = 1 if to == "voc" and source != "voc" else 0  # VOC's count ends at w and h
        for a, b in zip(expected_items(one), two.items, strict=True):
            assert a.name == b.name
            corners = zip(a.box.xyxy(one.wh), b.box.xyxy(two.wh), (*one.wh, *one.wh), strict=True)
            for number, other, side in corners:
                assert abs(number - other) <= (border if number > side - 1 else 0) + 2e-6


def test_the_convention_by_hand(tmp_path, voc):
    """VOC (2.5, 3.25, 40.123456789, 50) is the box from (1.5, 2.25) to (39.123456789, 49) of an image of 100x80."""
    convert_dataset(voc, tmp_path / "coco", to="coco")
    convert_dataset(voc, tmp_path / "yolo", to="yolo")

    stored = json.loads((tmp_path / "coco/annotations/instances_train.json").read_text("utf-8"))
    assert [entry["bbox"] for entry in stored["annotations"]][:2] == [[0, 0, 99, 79], [1.5, 2.25, 37.623457, 46.75]]
    second = stored["annotations"][1]
    assert {key: second.get(key) for key in ("iscrowd", "ignore", "difficult", "truncated", "occluded", "pose")} == {
        "iscrowd": 0, "ignore": 1, "difficult": 1, "truncated": 1, "occluded": 1, "pose": "Left",
    }  # fmt: skip
    assert second["area"] == pytest.approx(37.623457 * 46.75)
    rows = (tmp_path / "yolo/labels/train/a.txt").read_text("utf-8").splitlines()
    assert rows == ["0 0.495 0.49375 0.99 0.9875", "1 0.203117284 0.3203125 0.376234568 0.584375"]


def test_coco_in_the_hosts_layout(tmp_path, coco):
    result = convert_dataset(coco, tmp_path / "out", to="yolo")

    assert result.classes == {"cat": 3, "köter": 7}
    assert (tmp_path / "out/labels/train2017/x.txt").read_text("utf-8") == (
        "0 0.5 0.5 1 1\n1 0.0273 0.12529321 0.033 0.0725\n"
    )
    assert (result.boxes, result.difficult) == ({"train2017": 2}, {"train2017": 1})
    lines = [*result.describe()]
    assert "classes (COCO category): 0 cat (3), 1 köter (7)" in lines
    assert (tmp_path / "out/labels/train2017/y.v2.txt").read_bytes() == b""


def test_what_a_person_changes_in_the_labels_is_kept(tmp_path, coco):
    convert_dataset(coco, tmp_path / "out", to="yolo")
    label = tmp_path / "out/labels/train2017/x.txt"
    label.write_text("0 0.25 0.5 0.5 1\n", encoding="utf-8")  # the first moved, the third removed

    _, found = read_all(tmp_path / "out")

    items = found["train2017", "x"].items
    assert [(item.name, item.is_crowd, item.annotation_id) for item in items] == [
        ("köter", True, 2),
        ("cat", False, None),
    ]


def test_a_row_for_an_object_that_was_kept_aside_makes_it_an_ordinary_one(tmp_path, voc):
    root = tmp_path / "out"
    convert_dataset(voc, root, to="yolo")
    label = root / "labels/train/a.txt"
    cat, dog = label.read_text("utf-8").splitlines()
    label.write_text(f"{cat}\n{dog}\n{dog}\n", encoding="utf-8")  # one dog is difficult, the other has the same box

    _, found = read_all(root)

    assert [(item.name, item.is_difficult) for item in found["train", "a"].items] == [
        ("cat", False), ("dog", False), ("dog", False),
    ]  # fmt: skip


def test_parts_of_a_person_stay(tmp_path, voc):
    convert_dataset(voc, tmp_path / "yolo", to="yolo")
    convert_dataset(tmp_path / "yolo", tmp_path / "coco", to="coco")
    convert_dataset(tmp_path / "coco", tmp_path / "back", to="voc")

    element = ElementTree.parse(tmp_path / "back/Annotations/a.xml").find("object/part")

    assert element.findtext("name") == "head"
    assert element.findtext("bndbox/xmin") == "1"


def test_a_side_file_of_another_image_is_not_used(tmp_path, coco):
    convert_dataset(coco, tmp_path / "out", to="yolo")
    save_image(tmp_path / "out/images/train2017/x.jpg", (50, 40))

    result = convert_dataset(tmp_path / "out", tmp_path / "back", to="coco")

    assert [finding.kind for finding in result.findings] == ["leakage", "stale-side-file"]
    assert result.boxes == {"train2017": 2}


def test_one_voc_folder_gives_every_image_a_name_of_its_own(tmp_path, yolo):
    convert_dataset(yolo, tmp_path / "voc", to="voc")

    assert sorted(path.name for path in (tmp_path / "voc/JPEGImages").iterdir()) == ["p.jpg", "sub_q.jpg", "val_p.jpg"]
    assert (tmp_path / "voc/ImageSets/Main/val.txt").read_text("utf-8") == "val_p\n"
    convert_dataset(tmp_path / "voc", tmp_path / "back", to="yolo")
    images = [name for name in names_below(tmp_path / "back") if name.startswith("images")]
    assert images == ["images/train/p.jpg", "images/train/sub/q.jpg", "images/val/p.jpg"]
    assert (tmp_path / "back/labels/val/p.txt").read_text("utf-8") == (
        "1 0.5 0.5 1 1\n0 0.670312 0.982031 0.1375 0.035937\n"
    )


def test_images_are_copied_linked_or_left(tmp_path, coco):
    source = coco / "images/train2017/x.jpg"
    copy, link, none = (
        convert_dataset(coco, tmp_path / way, to="yolo", images=way) for way in ("copy", "link", "none")
    )

    assert (copy.ways, link.ways, none.ways) == ({"copied": 2}, {"hard-linked": 2}, {})
    assert (copy.folder / "images/train2017/x.jpg").read_bytes() == source.read_bytes()
    assert (link.folder / "images/train2017/x.jpg").samefile(source)
    assert not (copy.folder / "images/train2017/x.jpg").samefile(source)
    assert not [*(none.folder / "images").rglob("*.*")]


@pytest.mark.parametrize(("broken", "way"), [(["link"], "symbolically linked"), (["link", "symlink"], "copied")])
def test_where_links_cannot_be_made(tmp_path, coco, monkeypatch, broken, way):
    def refuse(source, target):
        raise OSError(18, "Invalid cross-device link")

    for name in broken:
        monkeypatch.setattr(os, name, refuse)

    assert convert_dataset(coco, tmp_path / "out", to="voc", images="link").ways == {way: 2}
    assert (tmp_path / "out/JPEGImages/x.jpg").read_bytes() == (coco / "images/train2017/x.jpg").read_bytes()


def test_annotations_alone_are_enough_without_images(tmp_path, coco, voc):
    shutil.rmtree(coco / "images")
    shutil.rmtree(voc / "JPEGImages")

    result = convert_dataset(coco, tmp_path / "out", to="yolo", images="none")

    assert result.findings == ()
    assert (tmp_path / "out/labels/train2017/x.txt").read_text("utf-8").splitlines()[0] == "0 0.5 0.5 1 1"
    assert convert_dataset(voc, tmp_path / "out2", to="coco", images="none").images == {"train": 2, "val": 1}


def test_names_choose_classes_and_their_order(tmp_path, coco):
    result = convert_dataset(coco, tmp_path / "out", to="yolo", names=["köter", "bird"])

    assert result.classes == {"köter": 1, "bird": 2}
    assert [(finding.kind, finding.box) for finding in result.findings] == [
        ("unknown-class", 5),
        ("unused-class", None),  # bird
    ]
    assert (tmp_path / "out/labels/train2017/x.txt").read_text("utf-8").startswith("0 ")


@pytest.mark.parametrize("use", ["train", "val", "test"])
@pytest.mark.parametrize("to", FORMATS)
def test_a_single_split_stays_what_it_is(tmp_path, yolo, use, to):
    (yolo / "mine.yaml").write_text(f"{use}: images/val\nnames: [a, b]\n", encoding="utf-8")
    convert_dataset(yolo, tmp_path / "out", to=to)
    uses = {name: sum(map(len, splits)) for name, splits in read_all(tmp_path / "out")[0].uses.items() if splits}
    assert uses == ({use: 1} if to != "yolo" else {"train": 1, "val": 1, use: 1})
