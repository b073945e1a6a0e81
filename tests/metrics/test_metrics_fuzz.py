"""Readers of ground truth and detections, fed with broken input: a result or a SliceError of one line, nothing else.

A long run: pytest tests/metrics/test_metrics_fuzz.py --hypothesis-profile=long
"""

import contextlib
import copy
import json
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from boxes_by_hand import scene
from hypothesis import given, settings
from hypothesis import strategies as st

from yolo_slice.errors import SliceError
from yolo_slice.metrics import evaluate_coco, evaluate_voc, read_detections, read_truth
from yolo_slice.metrics.formats.comp3 import read_comp3
from yolo_slice.metrics.formats.voc_side import read_side_files
from yolo_slice.metrics.formats.voc_xml import read_voc_xml
from yolo_slice.metrics.formats.yolo_txt import read_yolo_detections, read_yolo_labels
from yolo_slice.metrics.truth import TruthRow, build_truth

# Each test's own settings win over the profile of the command line, so the profile is asked for by name.
short = settings(settings.get_profile("long" if settings.get_current_profile_name() == "long" else "short"))

odd_numbers = st.sampled_from([0, -1, 1, 10**400, 1e308, -1e308, float("nan"), float("inf"), 2**63, 1e-320, True, "7"])
leaves = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | odd_numbers
values = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=8,
)
VOC = {"a": {"w": 9, "h": 9, "objects": [{"name": "dog", "bbox": [1, 1, 5, 5], "difficult": 0}]}}
XML = """<annotation><filename>a.jpg</filename><size><width>90</width><height>80</height></size><object><name>dog</name>
<difficult>0</difficult><bndbox><xmin>1</xmin><ymin>2</ymin><xmax>30</xmax><ymax>40</ymax></bndbox></object></annotation>"""
SIDE = json.dumps({"image": "images/val/a.jpg", "objects": [{"name": "dog", "xyxy": [1, 2, 3, 4], "difficult": False}]})
TEXTS = {
    "comp3": "a 0.9 1 2 30 40\na 0.8 1 2 30 41\n",
    "class": "dog 0.9 1 2 30 40\ncat 0.8 1 2 30 41\n",
    "truth": "dog 1 2 30 40\ndog 1 2 30 41 difficult\n",
    "yolo": "0 0.5 0.5 0.1 0.2 0.9\n0 0.4 0.4 0.1 0.2 0.8\n",
    "labels": "0 0.5 0.5 0.1 0.2\n0 0.1 0.1 0.2 0.2 0.3 0.3\n",
    "xml": XML,
    "side": SIDE,
}


class ExplainedError(Exception):
    """A SliceError of one line."""


def only_explained(act: Callable[[], object]) -> None:
    """Run; what fails must say so in one line."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with contextlib.suppress(ExplainedError):
            try:
                act()
            except SliceError as fault:
                raise (ExplainedError if str(fault) and "\n" not in str(fault) else AssertionError)(fault) from fault


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """List the way to every value inside a JSON value."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, inner in items for place in places(inner, (*path, key)))]


def changed(value: Any, draw: st.DataObject) -> Any:
    """Replace or remove what one to three ways lead to."""
    value = copy.deepcopy(value)
    for _ in range(draw.draw(st.integers(1, 3))):
        *way, last = draw.draw(st.sampled_from(places(value)[1:] or [(0,)]))
        holder = value
        for key in way:
            holder = holder[key]
        if not isinstance(holder, (dict, list)) or (isinstance(holder, list) and last >= len(holder)):
            return value
        if draw.draw(st.booleans()):
            holder[last] = draw.draw(values)
        elif len(value) > 1:
            del holder[last]
    return value


def spoilt(text: str, draw: st.DataObject) -> bytes:
    """Cut, repeat and overwrite pieces of a text."""
    data = bytearray(text.encode())
    for _ in range(draw.draw(st.integers(1, 4))):
        start = draw.draw(st.integers(0, len(data)))
        end = draw.draw(st.integers(start, min(len(data), start + 12)))
        words = st.sampled_from(
            [b"nan", b"1e400", b"-5", b"\xff\xfe", b"\x00", b" ", b"\n", "ä".encode(), b"<", b'"', b"["]
        )
        data[start:end] = draw.draw(words | st.binary(max_size=6))
    return bytes(data)


@short
@given(st.data())
def test_coco_json(draw: st.DataObject) -> None:
    truth, found = scene(draw.draw(st.integers(0, 3)), images=2)
    broken_truth = changed(truth, draw) if draw.draw(st.booleans()) else truth
    broken_found = changed(found, draw) if found and draw.draw(st.booleans()) else found
    only_explained(lambda: evaluate_coco(broken_truth, broken_found))
    only_explained(lambda: evaluate_voc(broken_truth, broken_found))


@short
@given(values, values)
def test_any_json(truth: Any, found: Any) -> None:
    only_explained(lambda: read_truth({"images": truth, "categories": truth, "annotations": found}))
    only_explained(lambda: read_truth(truth if isinstance(truth, dict) else {"a": truth}))
    only_explained(lambda: read_detections(found if isinstance(found, list) else [found], read_truth(VOC)))


@short
@given(st.data())
def test_voc_json(draw: st.DataObject) -> None:
    only_explained(lambda: evaluate_voc(changed(VOC, draw), []))


@short
@given(st.data())
def test_json_files(tmp_path: Path, draw: st.DataObject) -> None:
    truth, found = scene(1, images=1)
    (tmp_path / "truth.json").write_bytes(spoilt(json.dumps(truth), draw))
    (tmp_path / "found.json").write_bytes(spoilt(json.dumps(found), draw))
    only_explained(lambda: read_truth(tmp_path / "truth.json"))
    only_explained(lambda: read_detections(tmp_path / "found.json", read_truth(truth)))


@pytest.mark.parametrize("kind", TEXTS)
@short
@given(draw=st.data())
def test_text_files(tmp_path: Path, kind: str, draw: st.DataObject) -> None:
    truth = build_truth(["a"], ["dog"], [TruthRow(0, 0, (0, 0, 30, 40))], [(100, 80)])
    name = {"comp3": "comp3_det_val_dog.txt", "xml": "a.xml", "side": "annotations/val.jsonl"}.get(kind, "a.txt")
    folder = tmp_path / kind
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(spoilt(TEXTS[kind], draw))
    readers: dict[str, Callable[[], object]] = {
        "comp3": lambda: read_comp3([file], truth),
        "class": lambda: read_detections(folder, truth),
        "truth": lambda: read_truth(folder),
        "yolo": lambda: read_yolo_detections([file], truth),
        "labels": lambda: read_yolo_labels(file, (100, 80), 1),
        "xml": lambda: read_voc_xml(file),
        "side": lambda: read_side_files([folder / "images/val/a.jpg"], [(9, 9)], folder, ["dog"]),
    }
    only_explained(readers[kind])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"score": 10**400}, "score is 1000.*, not a finite number"),
        ({"score": 10**5000}, "score is a int, not a finite number"),
        ({"bbox": [0, 0, 1e308, 1e308]}, "is not in pixels"),
        ({"image_id": 10**5000}, "image_id is a int, not a name"),
        ({"image_id": "1\n1"}, r"image_id is '1\\n1', not a name"),
        ({"image_id": "\ud800"}, r"image_id is '\\ud800', not a name"),
    ],
)
def test_numbers_and_names_beyond_reason(change: dict[str, Any], message: str) -> None:
    truth = {"images": [{"id": 1}], "categories": [{"id": 1}], "annotations": []}
    found = {"image_id": 1, "category_id": 1, "bbox": [0, 0, 1, 1], "score": 0.5, **change}
    with pytest.raises(SliceError, match=message):
        read_detections([found], read_truth(truth))


def test_json_nested_beyond_reason(tmp_path: Path) -> None:
    (tmp_path / "deep.json").write_text("[" * 100_000)
    with pytest.raises(SliceError, match=r"deep\.json: not JSON"):
        read_truth(tmp_path / "deep.json")


def test_the_check_sees_a_traceback() -> None:
    with pytest.raises(KeyError):
        only_explained(lambda: {}["a"])
