"""Every format, by being in data/formats: recognised by its files, converted to every other, documented."""

from pathlib import Path

import pytest
from format_maker import BOXES, FORMAT_MAKERS, ROWS
from set_maker import MAKERS
from voc_maker import snapshot

import yolo_slice.data.formats
from yolo_slice.data import check_dataset, convert_dataset
from yolo_slice.data.formats import FORMATS
from yolo_slice.data.source import recognise
from yolo_slice.errors import SliceError

DOCUMENTED = (Path(__file__).parents[2] / "docs/data.md").read_text("utf-8")
WRITERS = [name for name, format in FORMATS.items() if format.writer]
OTHERS = [name for name in FORMATS if name not in MAKERS]


@pytest.mark.parametrize("name", FORMATS)
def test_a_format_is_one_file_named_like_it(name):
    folder = Path(yolo_slice.data.formats.__file__).parent
    assert (folder / f"{name.replace('-', '_')}.py").is_file()
    assert f"| `{name}` | {FORMATS[name].signs} |" in DOCUMENTED


@pytest.mark.parametrize("name", FORMATS)
def test_it_is_recognised_and_faultless(tmp_path, name):
    root = FORMAT_MAKERS[name](tmp_path / "set")
    before = snapshot(root)

    assert recognise(root).name == name
    report = check_dataset(root)

    assert report.findings == ()
    assert report.format == name
    assert sum(split.images for split in report.splits.values()) == 3
    assert report.classes() == [("cat", 3), ("dog", 3)]
    assert snapshot(root) == before


@pytest.mark.parametrize("to", WRITERS)
@pytest.mark.parametrize("name", OTHERS)
def test_it_is_converted(tmp_path, name, to):
    """The same boxes, whatever was read: each format that is written is read again by the one that has been so far."""
    root = FORMAT_MAKERS[name](tmp_path / "set")

    there = convert_dataset(root, tmp_path / "there", to=to)
    convert_dataset(there.folder, tmp_path / "yolo", to="yolo")

    assert there.findings == ()
    labels = {file.stem: file for file in (tmp_path / "yolo/labels").rglob("*.txt")}
    assert sorted(labels) == ["a", "b", "c"]
    for file in labels.values():
        numbers = [[float(number) for number in row.split()] for row in file.read_text().splitlines()]
        assert numbers == [pytest.approx([*map(float, row.split())], abs=1e-7) for row in ROWS.splitlines()]


@pytest.mark.parametrize("name", OTHERS)
def test_names_of_formats(tmp_path, name):
    root = FORMAT_MAKERS[name](tmp_path / "set")
    assert check_dataset(root, format=name).format == name
    with pytest.raises(SliceError, match="must be one of"):
        check_dataset(root, format=f"{name}x")
    if FORMATS[name].writer is None:
        with pytest.raises(SliceError, match=f"{name}"):
            convert_dataset(root, tmp_path / "out", to=name)


def test_the_boxes_by_hand():
    """(10, 20) to (30, 60) of 100x80: centre 0.2, 0.5; sides 20/100 and 40/80."""
    (x1, y1, x2, y2), row = BOXES["cat"], ROWS.splitlines()[0]
    assert row == f"0 {(x1 + x2) / 200:g} {(y1 + y2) / 160:g} {(x2 - x1) / 100:g} {(y2 - y1) / 80:g}"
