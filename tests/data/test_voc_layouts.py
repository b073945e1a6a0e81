"""The folders that people have, and how they become splits, names and a data YAML that the host trains on."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from voc_maker import annotation_xml, box_xml, make_voc, names_below, save_annotation, save_image, save_list, snapshot

from yolo_slice.data import convert_voc
from yolo_slice.errors import SliceError
from yolo_slice.integration import log

TEN = "a b c d e f g h i j"


@pytest.fixture
def lines(monkeypatch):
    """What was told to the user."""
    told = []
    monkeypatch.setattr(log, "inform", told.append)
    return told


def load_yaml(conversion):
    return yaml.safe_load(conversion.data_yaml.read_text("utf-8"))


def ids_of(conversion, split):
    return [path.stem for path in sorted((conversion.data_yaml.parent / "images" / split).iterdir())]


def test_a_whole_set_is_written_completely(tmp_path, lines):
    root = make_voc(tmp_path / "set", train="a b", val="c")
    hard = box_xml("dog", (2, 3, 40, 50), "<difficult>1</difficult><truncated>1</truncated><pose>Left</pose>")
    save_annotation(root / "Annotations/c.xml", annotation_xml(box_xml("cat", (1, 1.5, 100, 80)), hard))
    before = snapshot(root)

    conversion = convert_voc(root)

    out = tmp_path / "set-yolo"
    assert names_below(out) == [
        "annotations/categories.json",
        "annotations/train.jsonl",
        "annotations/val.jsonl",
        "data.yaml",
        *(f"images/{place}.jpg" for place in ("train/a", "train/b", "val/c")),
        *(f"labels/{place}.txt" for place in ("train/a", "train/b", "val/c")),
    ]
    assert (out / "labels/val/c.txt").read_text("utf-8") == "0 0.495 0.496875 0.99 0.98125\n"
    assert (out / "images/val/c.jpg").read_bytes() == (root / "JPEGImages/c.jpg").read_bytes()
    assert json.loads((out / "annotations/val.jsonl").read_text("utf-8")) == {
        "image": "images/val/c.jpg",
        "width": 100,
        "height": 80,
        "objects": [
            {"name": "cat", "xyxy": [1, 1.5, 100, 80], "difficult": False, "truncated": False, "pose": "Unspecified"},
            {"name": "dog", "xyxy": [2, 3, 40, 50], "difficult": True, "truncated": True, "pose": "Left"},
        ],
    }
    assert (conversion.images, conversion.boxes) == ({"train": 2, "val": 1}, {"train": 2, "val": 1})
    assert conversion.difficult == {"train": 0, "val": 1}
    assert snapshot(root) == before
    assert lines == ["train is train.txt, val is val.txt (images: train 2, val 1)"]


def test_the_data_yaml_works_from_anywhere(tmp_path):
    conversion = convert_voc(make_voc(tmp_path / "ein Sätz: #1", train="a", val="b", test="c"))

    data = load_yaml(conversion)
    assert data["path"] == str(tmp_path / "ein Sätz: #1-yolo")
    assert {key: data[key] for key in ("train", "val", "test")} == {
        "train": "images/train",
        "val": "images/val",
        "test": "images/test",
    }
    header = [line for line in conversion.data_yaml.read_text("utf-8").splitlines() if line.startswith("#")]
    assert any("yolo-slice data convert" in line and str(tmp_path / "ein Sätz: #1") in line for line in header)
    assert any(f'data="{conversion.data_yaml}"' in line for line in header)


def test_the_host_reads_every_label(tmp_path, monkeypatch):
    import ultralytics.data.utils
    from ultralytics.data import YOLODataset

    monkeypatch.setattr(ultralytics.data.utils, "check_font", lambda font: None)  # it would ask the network
    root = make_voc(tmp_path / "set", train="a b.c", val="d")
    edges = [box_xml("cat", xyxy) for xyxy in ((0, 0, 100, 80), (1, 1, 2, 2), (99, 79, 101, 81), (1, 1, 1.001, 80))]
    save_annotation(root / "Annotations/b.c.xml", annotation_xml(*edges))

    conversion = convert_voc(root)
    data = ultralytics.data.utils.check_det_dataset(str(conversion.data_yaml))
    labels = YOLODataset(img_path=data["train"], data=data, augment=False).labels

    assert [len(label["cls"]) for label in labels] == [1, 4]
    assert labels[0]["bboxes"][0].tolist() == pytest.approx([0.2, 0.5, 0.2, 0.5], abs=1e-7)
    assert not list(root.rglob("*.cache"))


LAYOUTS = {
    "VOC": ("Annotations", "JPEGImages"),
    "images/": ("Annotations", "images"),
    "small letters": ("annotations", "jpegimages"),
    "Images/": ("Annotations", "Images"),
    "all in one": (".", "."),
    "images in the root": ("Annotations", "."),
    "all in Annotations": ("Annotations", "Annotations"),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_layouts(tmp_path, layout):
    root = tmp_path / "set"
    annotations, images = LAYOUTS[layout]
    for stem in TEN.split():
        save_annotation(root / annotations / f"{stem}.xml")
        save_image(root / images / f"{stem}.jpg")
    (root / ".DS_Store").write_bytes(b"")
    (root / annotations / "._a.xml").write_bytes(b"\0")

    conversion = convert_voc(root)

    assert conversion.findings == ()
    assert conversion.images == {"train": 8, "val": 2}


@pytest.mark.parametrize(
    ("image", "filename"),
    [
        ("b.JPG", "lie.jpg"),
        ("b.png", "b.jpg"),
        ("b.WebP", ""),
        ("b.tif", "a.jpg"),
        ("other.jpg", "other.jpg"),
        ("other.jpg", "C:\\Users\\me\\images\\other.jpg"),
        ("other.jpg", "/pictures/other.jpg"),
        ("other.jpg", "other"),
    ],
)
def test_the_image_is_found_by_stem_then_by_filename(tmp_path, image, filename):
    root = make_voc(tmp_path / "set", train="a b", val="c")
    (root / "JPEGImages/b.jpg").unlink()
    save_image(root / "JPEGImages" / image)
    save_annotation(root / "Annotations/b.xml", annotation_xml(box_xml(), filename=filename))

    conversion = convert_voc(root)

    assert conversion.findings == ()
    suffix = Path(image).suffix
    assert (tmp_path / "set-yolo/images/train" / f"b{suffix}").read_bytes() == (
        root / "JPEGImages" / image
    ).read_bytes()
    assert (tmp_path / "set-yolo/labels/train/b.txt").is_file()


def test_filename_chooses_between_two_images(tmp_path):
    root = make_voc(tmp_path / "set", train="a b", val="c")
    save_image(root / "JPEGImages/b.png")
    save_annotation(root / "Annotations/b.xml", annotation_xml(box_xml(), filename="b.png"))

    assert list(map(str, convert_voc(root).findings)) == ["JPEGImages/b.jpg: image without an annotation; left out"]
    assert (tmp_path / "set-yolo/images/train/b.png").is_file()


def test_an_image_with_its_own_annotation_is_not_lent_to_another(tmp_path):
    root = make_voc(tmp_path / "set", train="a b", val="c")
    (root / "JPEGImages/b.jpg").unlink()
    save_annotation(root / "Annotations/b.xml", annotation_xml(box_xml(), filename="a.jpg"))

    assert "no image b.* and no a.jpg" in str(convert_voc(root).findings[0])


def test_strange_file_names(tmp_path):
    root = tmp_path / "größe 猫 set"
    for stem in ("é 1", "猫.v2.final", "a b  c", "x#y%z", "-dash", "UPPER"):
        save_annotation(root / "Annotations" / f"{stem}.xml")
        save_image(root / "JPEGImages" / f"{stem}.jpg")
    (root / "ImageSets/Main").mkdir(parents=True)
    (root / "ImageSets/Main/train.txt").write_bytes("\ufeffé 1\r\n猫.v2.final\r\n\r\n  \r\na b  c\r\n".encode())
    (root / "ImageSets/Main/val.txt").write_bytes(b"x#y%z\r\n-dash\r\nUPPER")

    conversion = convert_voc(root)

    assert conversion.findings == ()
    assert ids_of(conversion, "train") == ["a b  c", "é 1", "猫.v2.final"]
    assert sorted(path.name for path in (conversion.data_yaml.parent / "labels/train").iterdir()) == [
        "a b  c.txt",
        "é 1.txt",
        "猫.v2.final.txt",
    ]


def test_trainval_serves_without_train(tmp_path, lines):
    root = make_voc(tmp_path / "set", trainval=TEN, test="t u")

    conversion = convert_voc(root)

    assert conversion.images == {"train": 8, "val": 2, "test": 2}
    assert lines == [
        "there is no list val: val is a fixed fifth of trainval.txt, train is the rest (images: train 8, val 2, test 2)"
    ]


def test_trainval_without_what_val_holds(tmp_path):
    conversion = convert_voc(make_voc(tmp_path / "set", trainval="a b c", val="b"))
    assert (ids_of(conversion, "train"), ids_of(conversion, "val")) == (["a", "c"], ["b"])


def test_train_alone_is_divided(tmp_path, lines):
    assert convert_voc(make_voc(tmp_path / "set", train=TEN)).images == {"train": 8, "val": 2}
    assert "there is no list val" in lines[0]


def test_without_lists_the_division_is_always_the_same(tmp_path):
    one, two = make_voc(tmp_path / "one", train=TEN), make_voc(tmp_path / "two", train=TEN)
    for root in (one, two):
        shutil.rmtree(root / "ImageSets")
    save_image(one / "JPEGImages/bare.jpg")

    first, second = convert_voc(one), convert_voc(two)

    assert ids_of(first, "val") == ids_of(second, "val") == ["d", "j"]
    assert len(ids_of(first, "train")) == 8
    assert [str(finding) for finding in first.findings] == [
        "JPEGImages/bare.jpg: image without an annotation; left out"
    ]


def test_lists_of_one_class_are_not_splits(tmp_path):
    root = make_voc(tmp_path / "set", train="a b", val="c")
    for name in ("aeroplane_train", "dog_val", "train_val", "person_trainval"):
        (root / "ImageSets/Main" / f"{name}.txt").write_text("a -1\nb  1\nc  0\n", encoding="utf-8")

    conversion = convert_voc(root)

    assert conversion.findings == ()
    assert conversion.images == {"train": 2, "val": 1}


def test_a_fault_of_an_image_in_two_splits_is_reported_once(tmp_path):
    root = make_voc(tmp_path / "set", train="a b", val="b", test="b")
    save_annotation(root / "Annotations/b.xml", annotation_xml(box_xml(), box_xml(xyxy=(5, 5, 5, 5))))
    assert [(finding.kind, finding.box) for finding in convert_voc(root).findings] == [
        ("degenerate-box", 2),
        ("leakage", None),
    ]


def test_trainval_is_not_looked_at_beside_train(tmp_path):
    root = make_voc(tmp_path / "set", train="a b", val="c")
    save_list(root, "trainval", "a b c ghost")
    assert convert_voc(root).findings == ()


def test_labels_are_cut_to_the_image(tmp_path):
    root = make_voc(tmp_path / "set", train="a", val="b")
    save_annotation(
        root / "Annotations/a.xml", annotation_xml(box_xml("dog", (0, 0, 101, 81)), box_xml("dog", (61, -30, 130, 41)))
    )

    conversion = convert_voc(root)

    assert (tmp_path / "set-yolo/labels/train/a.txt").read_text("utf-8") == (
        "0 0.495 0.49375 0.99 0.9875\n0 0.795 0.25 0.39 0.5\n"
    )
    assert [finding.box for finding in conversion.findings] == [2]


def test_annotations_in_no_list_are_named(tmp_path):
    root = make_voc(tmp_path / "set", train="a b", val="c")
    save_annotation(root / "Annotations/d.xml")

    assert [str(finding) for finding in convert_voc(root).findings] == [
        "Annotations/d.xml: annotation in no split; left out"
    ]


def test_annotations_of_a_devkit_in_no_list_are_named(tmp_path):
    devkit = tmp_path / "devkit"
    make_voc(devkit / "VOC2007", trainval="1 2", test="3")
    save_annotation(devkit / "VOC2007/Annotations/9.xml", annotation_xml(box_xml()))
    make_voc(devkit / "VOC2012", trainval="9", test="")
    result = convert_voc(devkit, tmp_path / "out")
    assert [finding.message for finding in result.findings] == ["annotation in no split"]
    assert [finding.file.as_posix() for finding in result.findings] == ["VOC2007/Annotations/9.xml"]


def test_an_image_without_objects_is_a_background(tmp_path):
    root = make_voc(tmp_path / "set", train="a b", val="c")
    save_annotation(root / "Annotations/b.xml", annotation_xml())

    assert convert_voc(root).images == {"train": 2, "val": 1}
    assert (tmp_path / "set-yolo/labels/train/b.txt").read_bytes() == b""


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (("tvmonitor", "dog"), ["dog", "tvmonitor"]),
        (("dog", "Cat"), ["Cat", "dog"]),
        (("yes", "1", "no: #", "ä", "null"), ["1", "no: #", "null", "yes", "ä"]),
    ],
)
def test_class_names(tmp_path, names, expected):
    root = make_voc(tmp_path / "set", train="a b", val="c")
    save_annotation(root / "Annotations/a.xml", annotation_xml(*(box_xml(name) for name in names)))
    save_annotation(root / "Annotations/b.xml", annotation_xml(box_xml(names[0])))
    save_annotation(root / "Annotations/c.xml", annotation_xml(box_xml(names[0])))

    written = [*load_yaml(convert_voc(root))["names"].values()]

    assert written == expected
    ids = [int(row.split()[0]) for row in (tmp_path / "set-yolo/labels/train/a.txt").read_text("utf-8").splitlines()]
    assert [written[i] for i in ids] == [*names]


@pytest.mark.parametrize("where", ["devkit", "parent"])
def test_a_devkit_becomes_the_protocol(tmp_path, lines, where):
    devkit = tmp_path / "mine" / "VOCdevkit"
    make_voc(devkit / "VOC2007", train="000001", val="000002", test="000003", trainval="000001 000002")
    make_voc(devkit / "VOC2012", train="2008_000001", val="2008_000002", trainval="2008_000001 2008_000002")

    conversion = convert_voc(devkit if where == "devkit" else devkit.parent, tmp_path / "out")

    assert conversion.findings == ()
    data = load_yaml(conversion)
    assert data["train"] == ["images/train2012", "images/train2007", "images/val2012", "images/val2007"]
    assert (data["val"], data["test"]) == ("images/test2007", "images/test2007")
    assert sum(conversion.images.values()) == 5
    assert lines[1].startswith("19 classes that no object has are added, so that ids are the usual ones: aeroplane, ")
    assert load_yaml(conversion)["names"][11] == "dog"
    assert lines[:1] == [
        "VOC 07+12 protocol: train is train2012, train2007, val2012, val2007 (4 images), val is test2007 (1 image)"
    ]


def test_a_folder_that_is_none_of_these(tmp_path):
    for name in ("pictures",):
        (tmp_path / "set" / name).mkdir(parents=True)
    with pytest.raises(SliceError, match=r"is no data set: looked for .*found pictures$"):
        convert_voc(tmp_path / "set")
    with pytest.raises(SliceError, match="is not there"):
        convert_voc(tmp_path / "nowhere")


def test_nothing_usable_names_the_first_fault(tmp_path):
    root = make_voc(tmp_path / "set", train="a", val="b")
    (root / "JPEGImages/b.jpg").unlink()
    with pytest.raises(
        SliceError, match=r"val has no usable image \(1 finding, the first: Annotations.b.xml: no image"
    ):
        convert_voc(root)
    empty = make_voc(tmp_path / "empty", train="a", val="b")
    for stem in "ab":
        save_annotation(empty / "Annotations" / f"{stem}.xml", annotation_xml())
    with pytest.raises(SliceError, match="no image has a usable object"):
        convert_voc(empty)


@pytest.mark.parametrize("inside", ["", "out", "Annotations", "new/deep"])
def test_dst_inside_root_is_refused(tmp_path, inside):
    root = make_voc(tmp_path / "set", train="a", val="b")
    with pytest.raises(SliceError, match="lies inside"):
        convert_voc(root, root / inside)


def test_a_dst_in_use_is_refused(tmp_path):
    root = make_voc(tmp_path / "set", train="a", val="b")
    (tmp_path / "set-yolo").mkdir()
    (tmp_path / "set-yolo/mine.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(SliceError, match="exists and is not an empty folder"):
        convert_voc(root)
    with pytest.raises(SliceError, match="exists and is not an empty folder"):
        convert_voc(root, tmp_path / "set-yolo/mine.txt")
    assert names_below(tmp_path / "set-yolo") == ["mine.txt"]


def test_an_empty_or_new_dst_is_taken(tmp_path, monkeypatch):
    root = make_voc(tmp_path / "set", train="a", val="b")
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path)

    assert convert_voc(Path("set"), Path("empty")).data_yaml == tmp_path / "empty/data.yaml"
    assert convert_voc(root, Path("new/deep/out")).data_yaml == tmp_path / "new/deep/out/data.yaml"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["empty", "new", "set"]


@pytest.mark.parametrize("fault", [KeyboardInterrupt, RuntimeError, OSError(28, "No space left on device")])
@pytest.mark.parametrize("place", ["out", "new/deep/out"])
def test_an_interrupted_conversion_leaves_nothing(tmp_path, monkeypatch, fault, place):
    root = make_voc(tmp_path / "set", train="a b", val="c")
    before, copies = snapshot(tmp_path), []

    def copy_one_then_fail(source, target):
        if copies:
            raise fault
        copies.append(Path(target).write_bytes(Path(source).read_bytes()))

    monkeypatch.setattr(shutil, "copyfile", copy_one_then_fail)
    with pytest.raises(SliceError if isinstance(fault, OSError) else fault):
        convert_voc(root, tmp_path / place)

    assert copies
    assert snapshot(tmp_path) == before
    assert [path.name for path in tmp_path.iterdir()] == ["set"]


def test_a_copy_is_writable_and_apart_from_its_source(tmp_path):
    root = make_voc(tmp_path / "set", train="a", val="b")
    source, copy = root / "JPEGImages/a.jpg", tmp_path / "set-yolo/images/train/a.jpg"
    source.chmod(0o444)

    convert_voc(root)

    assert copy.stat().st_mode & 0o200
    assert copy.stat().st_ino != source.stat().st_ino
    assert not copy.is_symlink()


def test_importing_data_does_not_import_torch():
    code = "import sys, yolo_slice.data; sys.exit('torch' in sys.modules or 'ultralytics' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize(("lists", "said"), [({"train": "a b", "val": ""}, ["val"]), ({"train": "a", "val": "b"}, [])])
def test_a_source_without_val_says_that_both_are_the_same(tmp_path, monkeypatch, lists, said):
    warned = []
    monkeypatch.setattr(log, "warn", warned.append)
    convert_voc(make_voc(tmp_path / "set", **lists), tmp_path / "out")
    assert [line.partition(",")[0] for line in warned] == [f"the source has no {use}" for use in said]
