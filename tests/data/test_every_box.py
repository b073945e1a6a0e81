"""A law: every image and every box of a source of any format is in the result, or a finding names it.

A set of every format gets odd files beside its own: in deeper folders, under odd names, with or without an annotation.
Every box of them has a place of its own, so that it is known again in the result.
"""

import json

import pytest
from format_maker import FORMAT_MAKERS
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from set_maker import WH, save_noise
from voc_maker import annotation_xml, box_xml, save_annotation

from yolo_slice.data import convert_dataset
from yolo_slice.data.counts import read_records
from yolo_slice.data.formats import FORMATS
from yolo_slice.data.source import open_dataset

PLACES = [
    *("", "deep/er", "images", "images/train", "images/other", "train", "train/deep", "valid", "JPEGImages/sub"),
    *("Annotations", "Annotations/sub", "labels/train", "obj_train_data", "obj_train_data/deep", "VOC2010/JPEGImages"),
]
STEMS = ["stray", "ü", "x y", " x", "a.b", "0", "IMG_1", "CASE", "case", ".hid", "b"]


def put_xml(file, box):
    save_annotation(file.with_suffix(".xml"), annotation_xml(box_xml("cat", tuple(number + 1 for number in box))))


def put_row(file, box):
    (x1, y1, x2, y2), (w, h) = box, WH
    row = f"0 {(x1 + x2) / 2 / w} {(y1 + y2) / 2 / h} {(x2 - x1) / w} {(y2 - y1) / h}\n"
    file.with_suffix(".txt").write_text(row, encoding="utf-8")


def put_json(file, box):
    x1, y1, x2, y2 = box
    image = {"id": 1, "file_name": file.name, "width": WH[0], "height": WH[1]}
    entry = {"id": 1, "image_id": 1, "category_id": 1, "bbox": [x1, y1, x2 - x1, y2 - y1]}
    content = {"images": [image], "annotations": [entry], "categories": [{"id": 1, "name": "cat"}]}
    file.with_suffix(".json").write_text(json.dumps(content), encoding="utf-8")


def put_cvat(file, box):
    corners = " ".join(f'{key}="{number}"' for key, number in zip(("xtl", "ytl", "xbr", "ybr"), box, strict=True))
    image = f'<image id="0" name="{file.name}" width="{WH[0]}" height="{WH[1]}"><box label="cat" {corners}/></image>'
    file.with_suffix(".xml").write_text(f"<annotations>{image}</annotations>", encoding="utf-8")


# how an annotation of each format is put beside an image; a format without an entry fails the test
PUT = {
    "coco": put_json, "cvat": put_cvat, "darknet": put_row, "label-studio": put_json, "roboflow-voc": put_xml,
    "side-by-side": put_row, "voc": put_xml, "yolo": put_row,
}  # fmt: skip
SUFFIXES = {put_json: ".json", put_cvat: ".xml", put_row: ".txt", put_xml: ".xml"}


def same(box, item, wh):
    return all(abs(a - b) < 1e-3 for a, b in zip(box, item.box.xyxy(wh), strict=True))


def records_of(folder):
    dataset = open_dataset(folder)
    return [record for split in dataset.splits for record in read_records(split, "test")]


@pytest.mark.long
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
@pytest.mark.parametrize("name", FORMATS)
def test_every_image_and_box(tmp_path_factory, name, data):
    root = FORMAT_MAKERS[name](tmp_path_factory.mktemp("source") / "set")
    own = {file.read_bytes() for file in root.rglob("*.jpg")}
    put, boxes, images = PUT[name], {}, {}
    drawn = st.tuples(st.sampled_from(PLACES), st.sampled_from(STEMS), st.sampled_from(["image", "annotation", "both"]))
    for number, (place, stem, what) in enumerate(data.draw(st.lists(drawn, max_size=4, unique_by=lambda one: one[:2]))):
        file = root / place / f"{stem}.jpg"
        annotation = file.with_suffix(SUFFIXES[put]) if stem != ".hid" else file.parent / f".hid{SUFFIXES[put]}"
        if (
            file.exists()
            or annotation.exists()
            or (name in ("cvat", "label-studio", "coco") and place in ("", "annotations"))
        ):
            continue  # another file of these says what the set is
        file.parent.mkdir(parents=True, exist_ok=True)
        if what != "annotation":
            save_noise(file, seed=f"{place}/{stem}")
            images[file] = file.read_bytes()
        if what != "image":
            put(file, boxes.setdefault(annotation, (5 + number, 6, 70 + number, 71)))

    conversion = convert_dataset(
        root, root.parent / "out", to=data.draw(st.sampled_from(["yolo", "voc", "coco"])), format=name
    )

    said = "\n".join(map(str, conversion.findings))
    records = records_of(conversion.folder)
    written = {record.image.read_bytes() for record in records}
    for file, content in images.items():
        assert content in written or file.name in said, f"{file} is lost: {said}"
    for file, box in boxes.items():
        is_there = any(same(box, item, record.wh) for record in records for item in record.items)
        assert is_there or file.name in said, f"the box of {file} is lost: {said}"
    assert own <= written or "more than one image" in said or "same label file" in said
