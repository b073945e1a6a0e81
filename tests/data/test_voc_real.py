"""Real VOC-style sets: counts as their SOURCE.md has them, labels as the host makes them, sources untouched."""

import json

import pytest
from host_labels import assert_labels_equal_the_hosts

from yolo_slice.data import convert_voc

# name: images, boxes, difficult of train and of val. bccd's 2805 and 1138 boxes less the degenerate one that each has
COUNTS = {
    "bccd": ((205, 2805 - 1, 0), (87, 1138 - 1, 0)),
    "voc-subset": ((1000, 2556 - 368, 368), (500, 1280 - 160, 160)),
    "coco-voc20": ((156, 897 - 11, 11), (51, 332 - 8, 8)),
}
FINDINGS = {
    "bccd": [
        "BloodImage_00338.xml, object 13 (RBC): degenerate box xmin=504 ymin=337 xmax=504 ymax=337; left out",
        "BloodImage_00343.xml, object 4 (RBC): degenerate box xmin=181 ymin=329 xmax=181 ymax=329; left out",
    ],
    "voc-subset": ["voc-subset: 'train' is in val, and not in train"],
    "coco-voc20": [],
}


def list_files(root):
    return {path: (path.stat().st_size, path.stat().st_mtime_ns) for path in root.rglob("*")}


@pytest.mark.long
@pytest.mark.parametrize("name", COUNTS)
def test_a_real_set(real_data, tmp_path, name):
    root = real_data / name
    before = list_files(root)

    conversion = convert_voc(root, tmp_path / "out")

    train, val = COUNTS[name]
    counts = conversion.images, conversion.boxes, conversion.difficult
    assert counts == tuple({"train": train[i], "val": val[i]} for i in range(3))
    lines = sorted(str(finding) for finding in conversion.findings)
    assert [line.removeprefix("Annotations/") for line in lines] == FINDINGS[name]
    for split, (images, boxes, difficult) in (("train", train), ("val", val)):
        side = [
            json.loads(line) for line in (tmp_path / f"out/annotations/{split}.jsonl").read_text("utf-8").splitlines()
        ]
        assert len(side) == images
        assert sum(len(line["objects"]) for line in side) == boxes + difficult
        assert all((tmp_path / "out" / line["image"]).is_file() for line in side)
    assert_labels_equal_the_hosts(root / "Annotations", conversion)
    assert list_files(root) == before
