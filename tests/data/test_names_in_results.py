"""Which name an image gets in a result: never one outside its folder, and never one that no file can have."""

import json
import os
import sys

import pytest
import yaml
from set_maker import MAKERS, load_coco, make_coco_set, make_yolo_set, save_coco, save_noise
from voc_maker import names_below

from yolo_slice.data import check_dataset, convert_dataset
from yolo_slice.data.image_transfer import inside
from yolo_slice.errors import SliceError

ESCAPES = ["images/../../../x.jpg", "../x.jpg", "/x.jpg", "..\\..\\x.jpg", "C:\\x.jpg"]


def everything_outside(root, out):
    return [name for name in names_below(root.parent) if not name.startswith((f"{root.name}/", f"{out.name}/"))]


@pytest.mark.parametrize("to", ["yolo", "voc", "coco"])
@pytest.mark.parametrize("name", ESCAPES)
def test_a_coco_name_stays_inside(tmp_path, name, to):
    root = make_coco_set(tmp_path / "deep/er/set")
    data = load_coco(root)
    data["images"][1]["file_name"] = name
    save_coco(root, "train", data)
    save_noise(root / "images/train/x.jpg")

    conversion = convert_dataset(root, root.parent / "out", to=to)

    assert conversion.images == {"train": 2, "val": 1}
    assert everything_outside(root, conversion.folder) == []


@pytest.mark.parametrize("to", ["yolo", "voc", "coco"])
def test_a_line_of_a_list_stays_inside(tmp_path, to):
    root = make_yolo_set(tmp_path / "deep/er/set")
    save_noise(tmp_path / "x.jpg")
    (root / "mine.txt").write_text("images/../../../../x.jpg\n./images/train/a.jpg\n", encoding="utf-8")
    (root / "data.yaml").write_text(yaml.safe_dump({"train": "mine.txt", "val": "images/val", "names": ["a", "b"]}))

    conversion = convert_dataset(root, root.parent / "out", to=to)

    assert conversion.images == {"mine": 2, "val": 1}
    assert everything_outside(root, conversion.folder) == []


def test_every_writer_asks(tmp_path):
    with pytest.raises(SliceError, match="leads outside"):
        inside(tmp_path, "../x")


@pytest.mark.parametrize("to", ["yolo", "voc", "coco"])
def test_a_long_name_costs_one_image(tmp_path, to):
    root = make_coco_set(tmp_path / "set")
    data = load_coco(root)
    data["images"][1]["file_name"] = "x" * 300 + ".jpg"
    save_coco(root, "train", data)

    conversion = convert_dataset(root, tmp_path / "out", to=to)

    assert [finding.kind for finding in conversion.findings] == ["no-annotation", "bad-name"]
    assert "is too long; image left out" in str(conversion.findings[1])
    assert conversion.images == {"train": 1, "val": 1}


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such names")
@pytest.mark.parametrize("format", ["yolo", "voc"])
def test_names_that_are_not_utf_8_cost_one_image(tmp_path, format, capsys):
    from yolo_slice.cli import main

    root = MAKERS[format](tmp_path / "set")
    for file in [file for file in root.rglob("b.*") if file.is_file()]:
        file.rename(os.fsdecode(os.fsencode(file).replace(b"b.", b"b\xff.")))
    (root / "ImageSets/Main/train.txt").unlink(missing_ok=True)

    conversion = convert_dataset(root, tmp_path / "out", to="coco")

    assert [finding.kind for finding in conversion.findings] == ["bad-name"]
    assert "is not UTF-8; image left out" in str(conversion.findings[0])
    assert main(["data", "check", str(root), f"json={tmp_path}/r.json"]) == 1
    assert json.loads((tmp_path / "r.json").read_text("utf-8"))["counts"] == {"bad-name": 1}


@pytest.mark.parametrize("size", [10**400, -(10**400), "1e400", 1e308])
def test_a_width_of_400_digits(tmp_path, size):
    root = make_coco_set(tmp_path / "set")
    data = load_coco(root)
    data["images"][1]["width"] = size
    data["annotations"][0]["area"] = size
    save_coco(root, "train", data)
    assert {finding.kind for finding in check_dataset(root).findings} <= {"size-mismatch", "bad-object"}
    assert check_dataset(root).findings


@pytest.mark.skipif(sys.platform == "win32", reason="Windows refuses such names")
def test_a_folders_name_cannot_add_keys_to_the_data_yaml(tmp_path):
    root = make_yolo_set(tmp_path / "set\nnc: 99\nkpt_shape: [1, 3]")
    conversion = convert_dataset(root, tmp_path / "out\ndownload: bad", to="yolo")
    assert [*yaml.safe_load(conversion.data_yaml.read_text("utf-8"))] == ["path", "train", "val", "names"]


def test_images_of_two_folders_with_one_name_are_both_kept(tmp_path):
    root = make_yolo_set(tmp_path / "set")
    other = make_yolo_set(tmp_path / "other")
    save_noise(other / "images/train/a.jpg", seed="another")
    (root / "mine.txt").write_text(f"./images/train/a.jpg\n{other}/images/train/a.jpg\n", encoding="utf-8")
    (root / "data.yaml").write_text(yaml.safe_dump({"train": "mine.txt", "val": "images/val", "names": ["a", "b"]}))
    assert convert_dataset(root, tmp_path / "out", to="voc").images == {"mine": 2, "val": 1}


@pytest.mark.parametrize("name", ["instances_...json", "instances_.json", "instances_a\nb.json"])
@pytest.mark.parametrize("to", ["yolo", "voc", "coco"])
def test_a_splits_name_stays_inside(tmp_path, name, to):
    root = make_coco_set(tmp_path / "set")
    (root / "annotations/instances_train.json").rename(root / "annotations" / name)

    conversion = convert_dataset(root, tmp_path / "out", to=to)

    assert {path.name for path in tmp_path.iterdir()} == {"set", "out"}
    train = next(split for split in conversion.images if split != "val")
    assert train in ("split", "a_b")
    if to == "yolo":
        assert {path.name for path in (conversion.folder / "images").iterdir()} == {"val", train}
        assert {path.name for path in conversion.folder.iterdir()} == {"images", "labels", "annotations", "data.yaml"}


@pytest.mark.parametrize("to", ["yolo", "voc", "coco"])
@pytest.mark.parametrize("format", ["coco", "yolo", "voc"])
def test_a_line_break_costs_one_image(tmp_path, format, to):
    root = MAKERS[format](tmp_path / "set")
    for file in [file for file in root.rglob("b.*") if file.is_file()]:
        file.rename(file.with_name(f"b\nc{file.suffix}"))
    (root / "ImageSets/Main/train.txt").unlink(missing_ok=True)
    if format == "coco":
        data = load_coco(root)
        data["images"][1]["file_name"] = "b\nc.jpg"
        save_coco(root, "train", data)

    conversion = convert_dataset(root, tmp_path / "out", to=to)

    said = "the file_name is 'b\\nc.jpg'" if format == "coco" else "has a line break"
    assert said in str(conversion.findings[0])
    again = convert_dataset(tmp_path / "out", tmp_path / "again", to="coco")
    assert again.findings == ()
    assert sum(again.images.values()) == sum(conversion.images.values()) == 2


TWINS = [("a.jpg", "A.jpg"), ("a.jpg", "a.jpg/b.jpg"), ("a.jpg", "A.JPG/b.jpg"), ("x/a.jpg", "X/a.jpg")]


@pytest.mark.skipif(sys.platform != "linux", reason="the source needs names that differ in letter case")
@pytest.mark.parametrize("images", ["copy", "link"])
@pytest.mark.parametrize("to", ["yolo", "voc", "coco"])
@pytest.mark.parametrize("twins", TWINS)
def test_no_image_takes_the_place_of_another(tmp_path, twins, to, images):
    root = make_coco_set(tmp_path / "set")
    data = load_coco(root)
    for entry, name in zip(data["images"], twins, strict=True):
        entry["file_name"] = name
    save_coco(root, "train", data)
    (root / "images/train/a.jpg").unlink()
    (root / "images/train/b.jpg").unlink()
    for name in twins:
        is_below_a_file = name.casefold().startswith("a.jpg/")
        save_noise(root / ("elsewhere/b.jpg" if is_below_a_file else f"images/train/{name}"), seed=name)
    before = {file: file.read_bytes() for file in root.rglob("*.jpg") if file.is_file()}

    conversion = convert_dataset(root, tmp_path / "out", to=to, images=images)

    written = [file for file in conversion.folder.rglob("*") if file.suffix.lower() == ".jpg" and file.is_file()]
    names = [file.relative_to(conversion.folder).as_posix().casefold() for file in written]
    assert len({*names}) == len(names) == sum(conversion.images.values()) == 3
    assert {file: file.read_bytes() for file in before} == before


def test_no_writer_follows_a_link_or_writes_twice(tmp_path):
    (tmp_path / "out/images").mkdir(parents=True)
    (tmp_path / "other").mkdir()
    (tmp_path / "out/images/link").symlink_to(tmp_path / "other")
    (tmp_path / "out/images/a.jpg").symlink_to(tmp_path / "other/a.jpg")
    with pytest.raises(SliceError, match="leads outside"):
        inside(tmp_path / "out/images", "link/a.jpg")
    with pytest.raises(SliceError, match="is there already"):
        inside(tmp_path / "out/images", "a.jpg")
    assert inside(tmp_path / "out/images", "b.jpg") == tmp_path / "out/images/b.jpg"


def test_deep_names_become_short_ones_in_voc(tmp_path):
    root = make_coco_set(tmp_path / "set")
    data = load_coco(root)
    folders = "/".join("x" * 100 for _ in range(4))
    data["images"][1]["file_name"] = f"{folders}/b.jpg"
    save_coco(root, "train", data)
    save_noise(root / "images/train" / folders / "b.jpg", seed="deep")
    conversion = convert_dataset(root, tmp_path / "out", to="voc")
    assert conversion.images == {"train": 2, "val": 1}
    assert convert_dataset(tmp_path / "out", tmp_path / "again", to="coco").images == {"train": 2, "val": 1}


@pytest.mark.parametrize("to", ["yolo", "voc", "coco"])
@pytest.mark.parametrize("text", ["\ud800", "a\x00\x01b", "</annotation>", "\ufffe"])
def test_whatever_json_says_beside_the_names_can_be_written(tmp_path, to, text):
    root = make_coco_set(tmp_path / "set")
    data = load_coco(root)
    data["info"] = {"description": text}
    data["images"][0] |= {"note": text, "xml": text}
    data["annotations"][0] |= {"note": text, "xml": text, "pose": text, "attributes": {text: text}}
    data["categories"][0]["supercategory"] = text
    save_coco(root, "train", data)
    assert convert_dataset(root, tmp_path / "out", to=to).findings == ()
    back = convert_dataset(tmp_path / "out", tmp_path / "back", to="coco")
    assert back.findings == ()
    entry = json.loads((tmp_path / "back/annotations/instances_train.json").read_bytes())["annotations"][0]
    assert entry["note"] == text
