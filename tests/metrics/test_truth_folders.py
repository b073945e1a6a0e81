"""Folders of data sets as ground truth: what `data convert` writes, and what tools export."""

import json
from pathlib import Path

import pytest

from yolo_slice.data import convert_dataset
from yolo_slice.errors import SliceError
from yolo_slice.metrics.formats.opening import read_truth

COCO = {
    "images": [{"id": 1, "file_name": "a.jpg", "width": 40, "height": 30}],
    "categories": [{"id": 1, "name": "cat"}],
    "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [1, 2, 10, 10], "area": 100, "iscrowd": 0}],
}


def save(file: Path, images: int = 1) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    entries = [{**COCO["images"][0], "id": n, "file_name": f"{n}.jpg"} for n in range(1, images + 1)]
    file.write_text(json.dumps({**COCO, "images": entries}), encoding="utf-8")
    return file


@pytest.mark.long
@pytest.mark.parametrize("to", ["yolo", "coco", "voc"])
def test_what_a_conversion_wrote_is_read(tmp_path: Path, real_data: Path, to: str) -> None:
    out = convert_dataset(real_data / "bccd", tmp_path / to, to=to, images="link").folder
    assert out is not None
    truth = read_truth(out, None if to != "voc" else "val")
    assert (len(truth.images), len(truth.label), sorted(truth.classes)) == (87, 1137, ["Platelets", "RBC", "WBC"])
    assert len(read_truth(out, "train").images) == 205


def test_the_split_decides_between_files(tmp_path: Path) -> None:
    for number, name in enumerate(("train2017", "val2017"), 1):
        save(tmp_path / "annotations" / f"instances_{name}.json", number)
    assert [len(read_truth(tmp_path, split).images) for split in (None, "val", "train", "train2017")] == [2, 2, 1, 1]
    with pytest.raises(SliceError, match=r"has no annotations of test; it has .*instances_train2017.json, "):
        read_truth(tmp_path, "test")


@pytest.mark.parametrize("name", ["result.json", "valid/_annotations.coco.json", "annotations/cars.json"])
def test_exports_of_tools(tmp_path: Path, name: str) -> None:
    save(tmp_path / name)
    (tmp_path / "README.dataset.txt").write_text("Exported on the day", encoding="utf-8")
    (tmp_path / "classes.txt").write_text("cat\n", encoding="utf-8")
    assert read_truth(tmp_path).classes == ("cat",)


def test_what_is_not_read_is_told_how_it_can_be(tmp_path: Path) -> None:
    (tmp_path / "README.roboflow.txt").write_text("Exported on the day", encoding="utf-8")
    (tmp_path / "obj.data").write_text("classes = 1", encoding="utf-8")
    advice = "yolo-slice data convert .* NEW to=coco, then truth=NEW"
    with pytest.raises(SliceError, match=f"but README.roboflow.txt, obj.data; .*{advice}"):
        read_truth(tmp_path)
    with pytest.raises(SliceError, match=f"obj.data is not read as it is; .*{advice}"):
        read_truth(tmp_path / "obj.data")
    save(tmp_path / "annotations" / "a.json")
    (tmp_path / "set.yaml").write_text("val: .\nnames: [cat]", encoding="utf-8")
    with pytest.raises(SliceError, match=r"2 files that could be it: name one, truth=.*set.yaml, truth=.*a.json"):
        read_truth(tmp_path)
