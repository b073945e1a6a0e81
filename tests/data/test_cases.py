"""Small inputs from real trouble, where the real data is: each is answered as its EXPECTED.txt says."""

import shutil

import pytest

from yolo_slice.cli import main
from yolo_slice.data import check_dataset, convert_dataset

# case: what a conversion gives as {split: images} and {label: its first row}, kinds of findings, part of the output
CASES = {
    "A1-voc-list-with-extension": ({"train": 2, "val": 2}, {}, {"unlisted"}, "c.xml, f.xml"),
    "B1-voc-list-Train-Validation": ({"train": 3, "val": 3}, {}, set(), "train is Train.txt, val is Validation.txt"),
    "C-twenty-voc-names": ({"train": 3, "val": 1}, {}, set(), "0 car (1), 1 person (2)"),
    "D-nc-mismatch": ({"train": 1, "val": 1}, {}, {"data-yaml"}, "nc is 3, but there are 2 names"),
    "E-names-string-keys": ({"train": 1, "val": 1}, {}, set(), "0 dogx (1), 1 catx (2)"),
    "F-path-dot": ({"train": 1, "val": 1}, {}, {"yaml-differs"}, "Ultralytics takes it from the working directory"),
    "G-coco-two-categories-one-name": (
        {"train": 1}, {"train/a": "0 0.3 0.4375 0.4 0.375"}, {"repeated-name"}, "made one, with id 1",
    ),
    "J-cvat-xml-message": ({"train": 1}, {"train/a": "0 0.3 0.4375 0.4 0.375"}, set(), "cvat -> yolo"),
}  # fmt: skip
OF_CLASSES = {"unused-class"}  # a set of two images has not seen all


@pytest.mark.parametrize("case", CASES)
def test_a_case(real_data, tmp_path, case):
    images, rows, kinds, text = CASES[case]
    root = shutil.copytree(real_data / "cases" / case / "data", tmp_path / "data")

    conversion = convert_dataset(root, tmp_path / "out", to="yolo")

    assert conversion.images == images
    assert {finding.kind for finding in conversion.findings} - OF_CLASSES == kinds
    for label, row in rows.items():
        assert (conversion.folder / f"labels/{label}.txt").read_text("utf-8").splitlines()[0] == row
    said = [*map(str, conversion.findings), *conversion.describe(), *check_dataset(root).about]
    assert any(text in line for line in said)
    assert main(["data", "check", str(root)]) == (1 if kinds & {"data-yaml", "repeated-name"} else 0)


def test_every_case_is_here(real_data):
    assert {path.parent.name for path in (real_data / "cases").glob("*/EXPECTED.txt")} == {*CASES}
