"""Readers of ground truth and detections, fed with broken input: a result or a SliceError of one line, nothing else.

A long run: pytest tests/metrics/test_metrics_fuzz.py --hypothesis-profile=long
"""

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
from yolo_slice.metrics.formats.yolo_detections import read_yolo_detections
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
TEXTS = {
    "comp3": "a 0.9 1 2 30 40\na 0.8 1 2 30 41\n",
    "class": "dog 0.9 1 2 30 40\ncat 0.8 1 2 30 41\n",
    "truth": "dog 1 2 30 40\ndog 1 2 30 41 difficult\n",
    "yolo": "0 0.5 0.5 0.1 0.2 0.9\n0 0.4 0.4 0.1 0.2 0.8\n",
}


def only_explained(act: Callable[[], object]) -> bool:
    """Run, and tell whether it went well; what fails must say so in one line."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            act()
            return True
        except SliceError as fault:
            message = str(fault)
    assert message
    assert "\n" not in message
    return False


def assert_both(outcomes: list[bool]) -> None:
    """Some inputs must have been read and some refused: a reader that refuses, or takes, everything is not tested."""
    assert 0.1 <= sum(outcomes) / len(outcomes) <= 0.9, outcomes


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """List the way to every value inside a JSON value."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, inner in items for place in places(inner, (*path, key)))]


def changed(value: Any, draw: st.DataObject) -> Any:
    """Replace or remove what up to three ways lead to."""
    value = copy.deepcopy(value)
    for _ in range(draw.draw(st.integers(0, 3))):
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
    """Cut, repeat and overwrite pieces of a text, or leave it."""
    data = bytearray(text.encode())
    for _ in range(draw.draw(st.integers(0, 3))):
        start = draw.draw(st.integers(0, len(data)))
        end = draw.draw(st.integers(start, min(len(data), start + 12)))
        words = st.sampled_from(
            [b"nan", b"1e400", b"-5", b"\xff\xfe", b"\x00", b" ", b"\n", "ä".encode(), b"<", b'"', b"["]
        )
        data[start:end] = draw.draw(words | st.binary(max_size=6))
    return bytes(data)


@pytest.mark.long
def test_coco_json() -> None:
    outcomes = []

    @short
    @given(st.data())
    def evaluate(draw: st.DataObject) -> None:
        truth, found = scene(draw.draw(st.integers(0, 3)), images=2)
        broken_truth = changed(truth, draw) if draw.draw(st.booleans()) else truth
        broken_found = changed(found, draw) if found and draw.draw(st.booleans()) else found
        outcomes.append(only_explained(lambda: evaluate_coco(broken_truth, broken_found)))
        assert only_explained(lambda: evaluate_voc(broken_truth, broken_found)) is outcomes[-1]

    evaluate()
    assert_both(outcomes)


@short
@given(values, values)
def test_any_json(truth: Any, found: Any) -> None:
    only_explained(lambda: read_truth({"images": truth, "categories": truth, "annotations": found}))
    only_explained(lambda: read_truth(truth if isinstance(truth, dict) else {"a": truth}))
    only_explained(lambda: read_detections(found if isinstance(found, list) else [found], read_truth(VOC)))


def test_voc_json() -> None:
    outcomes = []

    @short
    @given(st.data())
    def evaluate(draw: st.DataObject) -> None:
        outcomes.append(only_explained(lambda: evaluate_voc(changed(VOC, draw), [])))

    evaluate()
    assert_both(outcomes)


def test_json_files(tmp_path: Path) -> None:
    truth, found = scene(1, images=1)
    outcomes = []

    @short
    @given(st.data())
    def read(draw: st.DataObject) -> None:
        (tmp_path / "truth.json").write_bytes(spoilt(json.dumps(truth), draw))
        (tmp_path / "found.json").write_bytes(spoilt(json.dumps(found), draw))
        outcomes.append(only_explained(lambda: read_truth(tmp_path / "truth.json")))
        outcomes.append(only_explained(lambda: read_detections(tmp_path / "found.json", read_truth(truth))))

    read()
    assert_both(outcomes)


@pytest.mark.parametrize("kind", TEXTS)
def test_text_files(tmp_path: Path, kind: str) -> None:
    truth = build_truth(["a"], ["dog"], [TruthRow(0, 0, (0, 0, 30, 40))], [(100, 80)])
    file = tmp_path / ("comp3_det_val_dog.txt" if kind == "comp3" else "a.txt")
    readers: dict[str, Callable[[], object]] = {
        "comp3": lambda: read_comp3([file], truth),
        "class": lambda: read_detections(tmp_path, truth),
        "truth": lambda: read_truth(tmp_path),
        "yolo": lambda: read_yolo_detections([file], truth),
    }
    outcomes = []

    @short
    @given(st.data())
    def read(draw: st.DataObject) -> None:
        file.write_bytes(spoilt(TEXTS[kind], draw))
        outcomes.append(only_explained(readers[kind]))

    read()
    assert_both(outcomes)


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
    truth = {"images": [{"id": 1}], "categories": [{"id": 1, "name": "a"}], "annotations": []}
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
