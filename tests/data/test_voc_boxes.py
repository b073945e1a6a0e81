"""Label rows against two other sources: the host's own conversion script, and the way back."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest
from host_labels import assert_labels_equal_the_hosts
from hypothesis import given
from hypothesis import strategies as st
from voc_maker import annotation_xml, box_xml, make_voc, save_annotation

from yolo_slice.annotations.box import Box
from yolo_slice.annotations.record import Item, Record
from yolo_slice.annotations.sidecar import side_line
from yolo_slice.annotations.yolo_labels import label_row
from yolo_slice.data import convert_voc


def test_labels_equal_the_hosts(tmp_path):
    root = make_voc(tmp_path / "set", train="a b", val="c")
    boxes = [(1, 1, 100, 80), (2.5, 3.75, 40.123456789, 79.9), (99, 79, 100, 80), (1, 1, 1.001, 1.5), (33, 7, 66, 77)]
    objects = [box_xml("dog" if i % 2 else "cat", xyxy) for i, xyxy in enumerate(boxes)]
    hard = box_xml("cat", (5, 5, 60, 60), "<difficult>1</difficult>")
    save_annotation(root / "Annotations/b.xml", annotation_xml(*objects, hard))

    conversion = convert_voc(root, tmp_path / "out")

    assert conversion.findings == ()
    assert conversion.difficult == {"train": 1, "val": 0}
    assert_labels_equal_the_hosts(root / "Annotations", conversion)
    assert conversion.boxes == {"train": 6, "val": 1}


def draw_box(w, h):
    """Two corners inside the image, in VOC's pixels from 1 to w and 1 to h, at least a hundredth of a pixel apart."""
    x, y = (st.lists(st.floats(1, end), min_size=2, max_size=2).map(sorted) for end in (w, h))
    boxes = st.tuples(x, y).map(lambda xy: (xy[0][0], xy[1][0], xy[0][1], xy[1][1]))
    return st.tuples(st.just((w, h)), boxes.filter(lambda b: b[2] - b[0] > 0.01 and b[3] - b[1] > 0.01))


sizes_and_boxes = st.tuples(st.integers(2, 20_000), st.integers(2, 20_000)).flatmap(lambda wh: draw_box(*wh))


@given(sizes_and_boxes)
def test_a_box_survives_to_nine_digits(size_and_box):
    wh, xyxy = size_and_box
    box = Box("voc", xyxy)
    assert box.find_fault(wh) == ""
    assert box.clip(wh) is box

    class_id, *row = label_row(7, box, wh).split()
    cx, cy, side_x, side_y = np.array(row, dtype=float) * [*wh, *wh]
    back = (cx + 1 - side_x / 2, cy + 1 - side_y / 2, cx + 1 + side_x / 2, cy + 1 + side_y / 2)

    assert class_id == "7"
    np.testing.assert_allclose(back, xyxy, rtol=0, atol=1e-8 * max(wh))


corners = st.floats(-500, 700)


@given(st.tuples(corners, corners, corners, corners), st.integers(1, 300), st.integers(1, 300))
def test_what_is_written_is_a_label_that_the_host_accepts(xyxy, w, h):
    box = Box("voc", xyxy)
    if box.find_fault((w, h)) in ("degenerate-box", "outside-box"):
        return
    cx, cy, side_x, side_y = map(float, label_row(0, box, (w, h)).split()[1:])
    assert cx - side_x / 2 + 1e-8 >= 0
    assert cy - side_y / 2 + 1e-8 >= 0
    assert cx + side_x / 2 <= 1
    assert cy + side_y / 2 <= 1
    assert side_x > 0
    assert side_y > 0


@pytest.mark.parametrize(
    ("xyxy", "clipped", "is_reported"),
    [
        ((0, 0, 50, 40), (1, 1, 50, 40), False),
        ((-1, -1, 101, 81), (1, 1, 100, 80), False),
        ((-1.5, 5, 50, 40), (1, 5, 50, 40), True),
        ((5, -1.5, 50, 40), (5, 1, 50, 40), True),
        ((5, 5, 101.5, 40), (5, 5, 100, 40), True),
        ((5, 5, 50, 81.5), (5, 5, 50, 80), True),
    ],
)
def test_only_more_than_a_pixel_is_worth_a_line(xyxy, clipped, is_reported):
    box = Box("voc", xyxy)
    assert box.find_fault((100, 80)) == ("box-beyond-image" if is_reported else "")
    assert box.clip((100, 80)).numbers == clipped


@pytest.mark.long
@given(st.lists(sizes_and_boxes.map(lambda pair: pair[1]), max_size=4), st.booleans(), st.booleans())
def test_the_side_file_keeps_corners_and_flags_exactly(boxes, is_difficult, is_truncated):
    flags = {"is_difficult": is_difficult, "is_truncated": is_truncated, "pose": "Left"}
    items = tuple(Item(i, "dög", Box("voc", box), **flags) for i, box in enumerate(boxes, 1))
    record = Record(Path("x.xml"), "ä b.c", ".JPG", Path("x.JPG"), None, items, wh=(20_000, 30_000))
    line = side_line(record, f"images/train/{record.file_name}")

    assert line.endswith("}\n")
    read = json.loads(line)
    assert {key: read[key] for key in ("image", "width", "height")} == {
        "image": "images/train/ä b.c.JPG",
        "width": 20_000,
        "height": 30_000,
    }
    expected = {"name": "dög", "difficult": is_difficult, "truncated": is_truncated, "pose": "Left"}
    assert read["objects"] == [{**expected, "xyxy": [*box]} for box in boxes]


def test_float32_holds_no_more_than_is_written():
    value = 1 / 3 + sys.float_info.epsilon
    row = label_row(0, Box("coco", (0, 0, value, 1)), (1, 1))
    assert np.float32(row.split()[3]) == np.float32(value)
