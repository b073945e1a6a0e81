"""Damaged and invented XML, JSON, labels, YAML and side files: findings or SliceError, never another exception.

`YOLO_SLICE_FUZZ=20000 pytest tests/data/test_fuzz.py` looks longer.
"""

import json
import os
import shutil
import tempfile
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from set_maker import MAKERS

from yolo_slice.data import check_dataset, convert_dataset, save_html
from yolo_slice.errors import SliceError

EXAMPLES = int(os.environ.get("YOLO_SLICE_FUZZ", "5"))
fuzz = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[*HealthCheck])

TAGS = [
    *("annotation", "object", "name", "bndbox", "xmin", "ymin", "xmax", "ymax"),
    *("size", "width", "height", "difficult", "truncated", "filename", "part"),
]
WORDS = st.sampled_from(["", "0", "1", "-5", "nan", "1e400", "50.5", "dog", "../../x", "ü", "\t", "1" * 400])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | WORDS,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=6,
)


@st.composite
def xml_texts(draw, depth=0):
    tag = draw(st.sampled_from(TAGS)) if depth else "annotation"
    inner = st.lists(xml_texts(depth + 1), max_size=5).map("".join) if depth < 4 else WORDS
    return f"<{tag}>{draw(WORDS | inner)}</{tag}>"


def rows():
    numbers = st.sampled_from(["0", "1", "2", "0.5", "-0.1", "1.5", "nan", "inf", "1e999", "x", "0.2"])
    return st.lists(st.lists(numbers, max_size=12).map(" ".join), max_size=5).map("\n".join)


def entries(keys):
    return st.dictionaries(st.sampled_from(keys), VALUES, max_size=len(keys))


def coco_dicts():
    lists = {
        "images": ["id", "file_name", "width", "height", "license"],
        "annotations": ["id", "image_id", "category_id", "bbox", "area", "iscrowd", "segmentation", "ignore", "pose"],
        "categories": ["id", "name", "supercategory"],
    }
    parts = {key: VALUES | st.lists(entries(keys), max_size=4) for key, keys in lists.items()}
    return st.fixed_dictionaries({}, optional=parts)


OUTCOMES = Counter()  # of what was tried; a check that refuses everything would pass the rest


@st.composite
def damaged(draw, original: bytes):
    """Change, remove, repeat or insert some bytes."""
    data = bytearray(original)
    for _ in range(draw(st.integers(1, 6))):
        start = draw(st.integers(0, len(data)))
        end = min(len(data), start + draw(st.integers(0, 30)))
        data[start:end] = draw(st.binary(max_size=8) | st.just(bytes(data[start:end]) * 2))
    return bytes(data)


@pytest.fixture(scope="module")
def sets():
    with tempfile.TemporaryDirectory() as folder:
        yield {name: make(Path(folder, name)) for name, make in MAKERS.items()}
        total = OUTCOMES.total()
        assert total < 20 or OUTCOMES["used"] > total / 10, f"hardly anything was accepted: {OUTCOMES}"


def examine(root):
    """Use everything: the check, its three reports, and a conversion to each format."""
    with tempfile.TemporaryDirectory() as out:
        try:
            report = check_dataset(root, imgsz=64)
            assert all(str(finding) and "\n" not in str(finding) for finding in report.findings)
            assert [*report.lines()]
            json.dumps(report.as_json(), allow_nan=False)
            save_html(report, Path(out, "page.html"))
            for to in ("yolo", "voc", "coco"):
                written = convert_dataset(root, Path(out, to), to=to, images="none")
                assert written.folder == Path(out, to)
        except SliceError:
            OUTCOMES["refused"] += 1
            return
        OUTCOMES["used"] += 1
        for to in ("voc", "coco"):  # what we write, we can read; labels would need the images' sizes
            convert_dataset(Path(out, to), Path(out, f"{to}-again"), to="coco", images="none")


def put(sets, name, place, data: bytes):
    file = sets[name] / place
    original = file.read_bytes() if file.exists() else None
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(data)
    try:
        examine(sets[name])
    finally:
        file.unlink() if original is None else file.write_bytes(original)


@fuzz
@given(data=st.data())
def test_xml(sets, data):
    original = (sets["voc"] / "Annotations/b.xml").read_bytes()
    text = data.draw(xml_texts().map(lambda text: text.encode()) | damaged(original) | st.binary(max_size=40))
    put(sets, "voc", "Annotations/b.xml", text)


@fuzz
@given(data=st.data())
def test_json(sets, data):
    original = (sets["coco"] / "annotations/instances_train.json").read_bytes()
    made = coco_dicts().map(lambda value: json.dumps(value).encode())
    put(sets, "coco", "annotations/instances_train.json", data.draw(made | damaged(original)))


@fuzz
@given(data=st.data())
def test_labels(sets, data):
    original = (sets["yolo"] / "labels/train/b.txt").read_bytes()
    put(sets, "yolo", "labels/train/b.txt", data.draw(rows().map(str.encode) | damaged(original)))


@fuzz
@given(data=st.data())
def test_yaml(sets, data):
    original = (sets["yolo"] / "data.yaml").read_bytes()
    made = entries(["path", "train", "val", "test", "names", "nc"]).map(lambda value: json.dumps(value).encode())
    put(sets, "yolo", "data.yaml", data.draw(made | damaged(original)))


SIDE_KEYS = ["name", "xyxy", "difficult", "pose", "area", "segmentation", "annotation_id", "extra", "bbox", "crowd"]


def change_object(original: bytes, key, value):
    """Give the first object of a side file another value; the first category of categories.json likewise."""
    first, _, rest = original.partition(b"\n")
    try:
        line = json.loads(first)
    except ValueError:
        return original.replace(b'"cat"', json.dumps(value).encode())
    line["objects"][0][key] = value
    return json.dumps(line).encode() + b"\n" + rest


@pytest.mark.long
@fuzz
@given(data=st.data())
def test_side_files(sets, data):
    with tempfile.TemporaryDirectory() as folder:
        whole = Path(folder, "set")
        convert_dataset(sets["coco"], whole, to="yolo")
        for name in ("annotations/train.jsonl", "annotations/categories.json"):
            original = (whole / name).read_bytes()
            keys = ["image", "width", "height", "objects", "id", "extra"]
            made = entries(keys).map(lambda value: json.dumps(value).encode())
            changed = st.builds(change_object, st.just(original), st.sampled_from(SIDE_KEYS), VALUES)
            (whole / name).write_bytes(data.draw(damaged(original) | made | changed))
            examine(whole)
            (whole / name).write_bytes(original)


@fuzz
@given(data=st.data())
def test_lists(sets, data):
    put(sets, "voc", "ImageSets/Main/train.txt", data.draw(damaged(b"a\nb\n") | st.binary(max_size=30)))


def test_the_sets_are_whole_again(sets):
    for root in sets.values():
        assert check_dataset(root).findings == ()
        shutil.rmtree(root)
