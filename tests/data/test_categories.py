"""Categories of COCO, and objects that have a polygon and no box."""

import pytest
from set_maker import load_coco, make_coco_set, make_voc_set, save_coco
from voc_maker import annotation_xml, save_annotation

from yolo_slice.data import check_dataset, convert_dataset
from yolo_slice.integration import log


def change(root, **parts):
    for split in ("train", "val"):
        save_coco(root, split, {**load_coco(root, split), **parts})


@pytest.fixture
def root(tmp_path):
    return make_coco_set(tmp_path / "set")


def test_an_unused_category_of_the_same_name_is_dropped(root):
    change(root, categories=[{"id": 0, "name": "cat"}, {"id": 1, "name": "cat"}, {"id": 2, "name": "dog"}])

    conversion = convert_dataset(root, root.parent / "out", to="yolo")

    assert conversion.classes == {"cat": 1, "dog": 2}
    assert (root.parent / "out/labels/val/c.txt").read_text() == "0 0.2 0.5 0.2 0.5\n1 0.2 0.5 0.2 0.5\n"
    assert [str(finding) for finding in conversion.findings] == [
        f"annotations/instances_{split}.json: the categories 0 and 1 are both 'cat'; made one, with id 1"
        for split in ("train", "val")
    ]
    assert {finding.kind for finding in check_dataset(root).findings} == {"repeated-name"}


def test_two_used_categories_of_one_name_become_one_class(root):
    change(root, categories=[{"id": 1, "name": "cat"}, {"id": 2, "name": "cat"}])
    conversion = convert_dataset(root, root.parent / "out", to="yolo")
    assert conversion.classes == {"cat": 1}
    assert (root.parent / "out/labels/val/c.txt").read_text() == "0 0.2 0.5 0.2 0.5\n0 0.2 0.5 0.2 0.5\n"


def test_files_that_disagree_about_ids(root):
    save_coco(
        root, "val", {**load_coco(root, "val"), "categories": [{"id": 1, "name": "dog"}, {"id": 2, "name": "cat"}]}
    )
    conversion = convert_dataset(root, root.parent / "out", to="yolo")
    assert conversion.classes == {"cat": 1, "dog": 2}
    assert [finding.kind for finding in conversion.findings] == ["duplicate-id", "duplicate-id"]


@pytest.mark.parametrize("keep", [False, True])
def test_roboflows_parent(root, keep, monkeypatch):
    said = []
    monkeypatch.setattr(log, "inform", said.append)
    pets = {"id": 0, "name": "pets", "supercategory": "none"}
    change(
        root, categories=[pets, *({"id": i, "name": n, "supercategory": "pets"} for i, n in ((1, "cat"), (2, "dog")))]
    )

    conversion = convert_dataset(root, root.parent / "out", to="yolo", keep_parents=keep)

    assert [*conversion.classes] == (["pets", "cat", "dog"] if keep else ["cat", "dog"])
    what = "kept" if keep else "left out; keep_parents=True keeps it"
    assert said[1:] == [f"category 'pets' has no object and is only the parent of cat, dog: {what}"]
    assert [finding.message for finding in check_dataset(root).findings] == [
        "no object is of class 'pets': it is only the parent of cat, dog"
    ]


def test_a_polygon_without_box_in_coco(root):
    data = load_coco(root)
    data["annotations"][0] |= {"bbox": [], "segmentation": [[10, 20, 30, 20, 30, 60], [12, 22, 14, 22, 14, 24]]}
    save_coco(root, "train", data)

    conversion = convert_dataset(root, root.parent / "out", to="yolo")

    assert [str(finding) for finding in conversion.findings] == [
        "annotations/instances_train.json, annotation id 11 (cat): no bbox; the box around its polygon is taken"
    ]
    assert (root.parent / "out/labels/train/a.txt").read_text().splitlines()[0] == "0 0.2 0.5 0.2 0.5"


POINTS = {
    "numbered": "<x1>11</x1><y1>21</y1><x2>31</x2><y2>21</y2><x3>31</x3><y3>61</y3>",
    "points": "".join(f"<point><x>{x}</x><y>{y}</y></point>" for x, y in ((11, 21), (31, 21), (31, 61))),
    "LabelMe": "<username>me</username>"
    + "".join(f"<pt><x>{x}</x><y>{y}</y></pt>" for x, y in ((11, 61), (31, 21), (11, 30))),
}


@pytest.mark.parametrize("way", POINTS)
def test_a_polygon_without_box_in_voc(tmp_path, way):
    root = make_voc_set(tmp_path / "set")
    text = annotation_xml(f"<object><name>cat</name><polygon>{POINTS[way]}</polygon></object>")
    save_annotation(root / "Annotations/c.xml", text)

    conversion = convert_dataset(root, tmp_path / "out", to="yolo")

    assert [str(finding) for finding in conversion.findings] == [
        "Annotations/c.xml, object 1 (cat): no bndbox; the box around its polygon is taken"
    ]
    assert (tmp_path / "out/labels/val/c.txt").read_text() == "0 0.2 0.5 0.2 0.5\n"
