"""Files beyond reason are one finding or one line, and what is allowed takes time in proportion to its size."""

import os
import time
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from set_maker import make_voc_set, make_yolo_set, save_rows

from yolo_slice.annotations import limits
from yolo_slice.annotations.sidecar import restore
from yolo_slice.annotations.voc_xml import read_annotation
from yolo_slice.annotations.yolo_image import corners_in_file, read_plain, with_size
from yolo_slice.annotations.yolo_labels import read_labels
from yolo_slice.data import check_dataset, convert_dataset
from yolo_slice.errors import SliceError
from yolo_slice.foreign_files import LARGEST_IMAGE, LARGEST_TEXT
from yolo_slice.integration.data import bounded_yaml
from yolo_slice.integration.data.bounded_yaml import load_yaml
from yolo_slice.integration.data.data_yaml import open_data_yaml

BOMB = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 10)
)
MERGES = "a0: &a0 {k: v}\n" + "".join(f"a{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 10)}]}}\n" for n in range(1, 10))
YAMLS = {
    "bomb": (f"{BOMB}names: *a9\n", "more than 100000 entries"),
    "merges": (f"{MERGES}names: [a]\n", "more than 100000 entries"),
    "deep": ("x: " + "[" * 100_000, "nested more than 50 deep"),
    "deep mappings": ("x: " + "{a: " * 30_000, "nested more than 50 deep"),
    "deep lines": ("x:\n" + "".join(" " * n + "- \n" for n in range(1, 900)), "nested more than 50 deep"),
    "large": ("names:\n" + "".join(f"  {n}: n{n}\n" for n in range(50_000)), "more than 0.5 MB are not read"),
}


@pytest.mark.parametrize(("text", "message"), YAMLS.values(), ids=YAMLS)
def test_yaml(tmp_path, text, message):
    (tmp_path / "data.yaml").write_text(text)
    start = time.process_time()
    with pytest.raises(SliceError, match=message):
        load_yaml(tmp_path / "data.yaml")
    assert time.process_time() - start < 10


def test_aliases_that_stay_small_are_read(tmp_path):
    (tmp_path / "data.yaml").write_text("a: &a {x: 1}\nb: {<<: *a, y: 2}\nc: [*a, *a]\n")
    assert load_yaml(tmp_path / "data.yaml") == {"a": {"x": 1}, "b": {"x": 1, "y": 2}, "c": [{"x": 1}, {"x": 1}]}


@pytest.mark.parametrize("name", ["a\nb", "a\u2028b", "a\udcffb"])
def test_names_that_no_data_set_can_have_are_refused(tmp_path, name):
    (tmp_path / "data.yaml").write_text(yaml.safe_dump({"train": "x", "names": [name]}))
    with pytest.raises(SliceError, match="is no text of one line in UTF-8"):
        open_data_yaml(tmp_path / "data.yaml")


def only_message(findings):
    assert [finding.kind for finding in findings] == ["unreadable-annotation"]
    return str(findings[0])


def test_a_large_file_is_not_read(tmp_path):
    for name, read in {"a.xml": read_annotation, "a.txt": lambda file: read_labels(file, None)}.items():
        (tmp_path / name).touch()
        os.truncate(tmp_path / name, 40_000_000)
        assert "a." in (message := only_message(read(tmp_path / name)[1]))
        assert "has 40.0 MB; more than 32 MB are not read" in message


def test_too_many_objects(tmp_path, monkeypatch):
    monkeypatch.setattr(limits, "MOST_OBJECTS", 3)
    box = "<object><name>a</name><bndbox><xmin>1</xmin><ymin>1</ymin><xmax>5</xmax><ymax>5</ymax></bndbox></object>"
    (tmp_path / "a.xml").write_text(f"<annotation>{box * 4}</annotation>")
    (tmp_path / "a.txt").write_text("0 .5 .5 .1 .1\n" * 4)
    for findings in (read_annotation(tmp_path / "a.xml")[1], read_labels(tmp_path / "a.txt", None)[1]):
        assert "has 4 objects; in one image, more than 3 are not read" in only_message(findings)


def test_a_long_row_costs_itself(tmp_path):
    (tmp_path / "a.txt").write_text(f"0{' .5 .6' * 200_000}\n0 .5 .5 .1 .1\n")
    items, findings = read_labels(tmp_path / "a.txt", None)
    assert len(items) == 1
    assert "line 1: 1200001 characters; rows of more than 1000000 are not read; left out" in str(findings[0])


@pytest.mark.parametrize("number", ["4000000000", "100000", "9" * 400])
def test_a_huge_class_number_makes_no_names(tmp_path, number):
    root = make_yolo_set(tmp_path / "set")
    save_rows(root, "train/a", f"{number} 0.2 0.5 0.2 0.4", "1 0.2 0.5 0.2 0.4")
    (root / "data.yaml").unlink()
    assert [*convert_dataset(root, tmp_path / "out", to="coco").classes] == ["0", "1"]


@pytest.mark.parametrize("name", ["4000000000", "9" * 5000])
def test_a_number_that_names_a_class_makes_no_others(tmp_path, name):
    root = make_voc_set(tmp_path / "set")
    for file in root.rglob("*.xml"):
        file.write_text(file.read_text().replace("dog", name).replace("cat", "7"))
    assert [*convert_dataset(root, tmp_path / "out", to="coco").classes] == sorted(["7", name])


def test_security_md_states_the_limits():
    text = " ".join((Path(__file__).parents[2] / "SECURITY.md").read_text("utf-8").split())
    assert f"{limits.LARGEST_FILE / 1e6:.0f} MB or {limits.MOST_OBJECTS:,} objects about one image" in text
    assert f"a row of labels of more than {limits.LONGEST_ROW:,} characters" in text
    assert f"an image of more than {LARGEST_IMAGE / 1e6:,g} MB" in text
    assert f"any other text of more than {LARGEST_TEXT / 1e6:,g} MB" in text
    yaml_limits = (bounded_yaml.LARGEST / 1e6, bounded_yaml.DEEPEST, bounded_yaml.MOST_NODES)
    assert "a YAML of more than {} MB, {} levels or {:,} entries".format(*yaml_limits) in text


def seconds(work):
    start = time.process_time()
    work()
    return time.process_time() - start


ROWS = {
    "equal": lambda n: "0 .5 .5 .1 .1\n" * n,
    "reversed": lambda n: "".join(f"0 {0.1 + i / n / 2:.6f} .5 .1 .1\n" for i in reversed(range(n))),
}


@pytest.mark.long
@pytest.mark.parametrize("kind", ROWS)
def test_a_crowd_is_restored_in_linear_time(tmp_path, kind):
    """Ten times the objects take about ten times as long; that was a hundred times."""

    def restored(count):
        (tmp_path / "a.txt").write_text(ROWS[kind](count))
        record = with_size(read_plain("a", tmp_path / "images/a.jpg", ("x",))[0], (100, 80))
        items = read_labels(tmp_path / "a.txt", ("x",))[0]
        known = {"objects": [{"name": "x", "pose": "", "xywhn": item.box.numbers} for item in reversed(items)]}
        result = []
        spent = seconds(lambda: result.append(restore(replace(record, items=items), known, corners_in_file, False)))
        assert len(result[0].items) == count
        return spent

    restored(100)
    assert restored(5_000) < 40 * max(restored(500), 0.02)


@pytest.mark.long
def test_equal_rows_are_checked_and_converted_in_linear_time(tmp_path):
    def spent(count):
        root = make_yolo_set(tmp_path / f"set{count}")
        save_rows(root, "train/a", *["0 0.2 0.5 0.2 0.4"] * count)
        both = seconds(lambda: convert_dataset(root, tmp_path / f"out{count}", to="yolo"))
        return both + seconds(lambda: check_dataset(tmp_path / f"out{count}/data.yaml"))

    spent(10)
    assert spent(3_000) < 30 * max(spent(300), 0.1)
