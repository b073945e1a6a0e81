"""Readers of annotation files: what they say of good ones, and of damaged ones; never an exception of their own."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from yolo_slice.annotations.box import Box, read_box
from yolo_slice.annotations.coco_json import parse_coco
from yolo_slice.annotations.sidecar import SideFiles
from yolo_slice.annotations.values import read_json
from yolo_slice.annotations.voc_lists import find_list
from yolo_slice.annotations.voc_xml import read_annotation
from yolo_slice.annotations.yolo_image import open_side_files
from yolo_slice.annotations.yolo_labels import label_row, read_labels
from yolo_slice.errors import SliceError

XML = """<annotation><filename>a.jpg</filename><size><width>90</width><height>80</height></size><object><name>dog</name>
<difficult>1</difficult>
<bndbox><xmin>11</xmin><ymin>21</ymin><xmax>21</xmax><ymax>31</ymax></bndbox></object></annotation>"""
LABELS = "0 0.5 0.5 0.1 0.2\n1 0.1 0.1 0.2 0.2 0.3 0.3\n"
SIDE = json.dumps(
    {"image": "images/val/a.jpg", "width": 90, "height": 80, "objects": [
        {"name": "dog", "xyxy": [11, 21, 21, 31], "difficult": True, "truncated": False, "pose": "Left"}]}
)  # fmt: skip
COCO = json.dumps(
    {"images": [{"id": 1, "file_name": "a.jpg", "width": 90, "height": 80}], "categories": [{"id": 3, "name": "dog"}],
     "annotations": [{"id": 1, "image_id": 1, "category_id": 3, "bbox": [10, 20, 10, 10], "area": 61.5, "iscrowd": 1}]}
)  # fmt: skip


def read_xml(file: Path) -> list:
    annotation, findings = read_annotation(file)
    return [*findings, *(annotation.items if annotation else [])]


def read_rows(file: Path) -> list:
    items, findings = read_labels(file, ("dog", "cat"))
    return [*findings, *items]


def read_side(file: Path) -> list:
    return [*SideFiles.open(file).offsets]


def read_coco(file: Path) -> list:
    coco = parse_coco(read_json(file), file)
    readings = [coco.read(entry) for entry in coco.images]
    return [*coco.findings, *(part for r in readings for part in (*r.findings, *(r.record.items if r.record else ())))]


READERS: dict[str, tuple[str, Callable[[Path], list]]] = {
    "xml": (XML, read_xml), "labels": (LABELS, read_rows), "side": (SIDE, read_side), "coco": (COCO, read_coco),
}  # fmt: skip


@st.composite
def damaged(draw, text: str) -> bytes:
    """Replace up to two short pieces."""
    data = bytearray(text.encode())
    words = st.sampled_from([b"nan", b"1e400", b"-5", b"\xff\xfe", b"\x00", b" ", b"\n", b"\xc3", b"7", b"<", b'"'])
    for _ in range(draw(st.sampled_from([0, 1, 2]))):
        start = draw(st.integers(0, len(data)))
        data[start : start + draw(st.integers(0, 4))] = draw(words)
    return bytes(data)


@st.composite
def renumbered(draw, text: str) -> bytes:
    """Replace one digit by another, which mostly is no damage."""
    place = draw(st.sampled_from([n for n, character in enumerate(text) if character.isdigit()]))
    return (text[:place] + draw(st.sampled_from("1234")) + text[place + 1 :]).encode()


@pytest.mark.long
@pytest.mark.parametrize("kind", READERS)
def test_damaged_files_give_findings_or_one_line(tmp_path: Path, kind: str) -> None:
    text, read = READERS[kind]
    file = tmp_path / "annotations" / "val.txt"
    file.parent.mkdir()
    whole: list[bool] = []

    @settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=[*HealthCheck])
    @given(renumbered(text) | damaged(text))
    def check(data: bytes) -> None:
        file.write_bytes(data)
        try:
            parts = read(file)
        except SliceError as fault:
            parts = [fault]
        assert all(str(part) for part in parts if not isinstance(part, str))
        whole.append(not any(getattr(part, "is_error", isinstance(part, SliceError)) for part in parts))

    check()
    assert 0.1 <= sum(whole) / len(whole) <= 0.9


def test_the_same_object_in_every_format(tmp_path: Path) -> None:
    for name, (text, _) in READERS.items():
        (tmp_path / name).write_text(text)
    (xml,) = read_xml(tmp_path / "xml")
    (coco,) = read_coco(tmp_path / "coco")
    wh = (90, 80)
    row = label_row(0, xml.box, wh)
    (tmp_path / "row").write_text(row)
    (label,) = read_rows(tmp_path / "row")
    assert xml.box.xyxy(wh) == coco.box.xyxy(wh) == (10, 20, 20, 30)
    assert label.box.xyxy(wh) == pytest.approx((10, 20, 20, 30), abs=1e-6)
    assert (xml.is_difficult, coco.is_crowd, coco.area) == (True, True, 61.5)


@pytest.mark.parametrize(
    ("values", "message"),
    [([1, 2, 3], "bbox is [1, 2, 3], not x, y, width, height"), ([1, 2, "x", 4], "width is 'x', not a finite number"),
     ([1, 2, 3, 1e8], "is not in pixels"), ([1, 2, 3, True], "height is True"), (None, "bbox is None")],
)  # fmt: skip
def test_four_numbers_or_a_reason(values, message: str) -> None:
    with pytest.raises(SliceError, match=re.escape(message)):
        read_box("coco", values)
    assert read_box("coco", [1, 2, "3", 4.5]) == Box("coco", (1, 2, 3, 4.5))


def test_what_is_no_voc_annotation_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_text("<html/>")
    (finding,) = read_xml(tmp_path / "a.xml")
    assert finding.is_error
    assert "the root element is <html>, not <annotation>" in str(finding)


def test_side_files_are_those_of_the_folder_below_images(tmp_path: Path) -> None:
    image = tmp_path / "images/val/deep/a.jpg"
    side = tmp_path / "annotations/val.jsonl"
    side.parent.mkdir()
    side.write_text(SIDE.replace("images/val/a.jpg", "images/val/deep/a.jpg"))
    sides = open_side_files([image, tmp_path / "elsewhere/b.jpg"])
    assert (sides.find(image) or {})["width"] == 90
    assert sides.find(tmp_path / "images/val/a.jpg") is None
    assert sides.file_of(image) == side


def test_a_list_is_found_by_its_name_or_by_what_that_says(tmp_path: Path) -> None:
    place = tmp_path / "ImageSets/Main"
    place.mkdir(parents=True)
    (place / "Valid.txt").write_text("a\n")
    (place / "dog_val.txt").write_text("b 1\n")
    assert find_list(tmp_path, "val").entries == ("a",)
    assert find_list(tmp_path, "DOG_val").entries == ("b 1",)
    with pytest.raises(SliceError, match="no list test; the lists are: Valid, dog_val"):
        find_list(tmp_path, "test")
