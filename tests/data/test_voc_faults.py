"""Every fault a VOC folder is known to have, planted once: exactly that finding, and the rest is converted."""

from pathlib import Path

import pytest
from voc_maker import annotation_xml, box_xml, make_voc, save_annotation, save_image, save_list, snapshot

from yolo_slice.data import Finding, convert_voc

GOOD = box_xml("cat", (1, 1, 50, 40))
ONLY_B = "Annotations/b.xml"


def plant_xml(text):
    return lambda root: save_annotation(root / ONLY_B, text)


def plant_bytes(place, data):
    return lambda root: (root / place).write_bytes(data)


def plant_box(*corners):
    return plant_xml(annotation_xml(GOOD, box_xml("dog", corners)))


def plant_object(text):
    return plant_xml(annotation_xml(GOOD, text))


BNDBOX = "<bndbox><xmin>1</xmin><ymin>1</ymin><xmax>9</xmax><ymax>9</ymax></bndbox>"

# name: what is planted, what is reported, images left of 3, boxes left of 3 (of 4 where a second object is planted)
FAULTS = {
    "cut off XML": (plant_bytes(ONLY_B, b"<annotation><object>"), "cannot be read as XML", 2, 2),
    "empty XML": (plant_bytes(ONLY_B, b""), "cannot be read as XML", 2, 2),
    "wrong bytes": (plant_bytes(ONLY_B, "<annotation>é</annotation>".encode("latin-1")), "cannot be read as XML", 2, 2),
    "unknown encoding": (
        plant_bytes(ONLY_B, b'<?xml version="1.0" encoding="klingon"?><annotation/>'),
        "cannot be read as XML",
        2,
        2,
    ),
    "wrong root": (plant_xml("<html></html>"), f"{ONLY_B}: the root element is <html>, not <annotation>; image", 2, 2),
    "no image": (
        lambda root: (root / "JPEGImages/b.jpg").unlink(),
        f"{ONLY_B}: no image b.* and no nonsense.png in JPEGImages/; image left out",
        2,
        2,
    ),
    "empty image": (plant_bytes("JPEGImages/b.jpg", b""), "JPEGImages/b.jpg: b.jpg cannot be read as an image", 2, 2),
    "cut off header": (
        plant_bytes("JPEGImages/b.jpg", b"\xff\xd8\xff\xe0\0"),
        "b.jpg cannot be read as an image",
        2,
        2,
    ),
    "two images": (
        lambda root: save_image(root / "JPEGImages/b.png"),
        f"{ONLY_B}: more than one image: b.jpg, b.png; image left out",
        2,
        2,
    ),
    "degenerate box": (
        plant_box(18, 32, 18, 32),
        f"{ONLY_B}, object 2 (dog): degenerate box xmin=18 ymin=32 xmax=18 ymax=32; left out",
        3,
        3,
    ),
    "flat box": (plant_box(18, 32, 28, 32), "object 2 (dog): degenerate box", 3, 3),
    "swapped corners": (plant_box(30, 32, 20, 40), "object 2 (dog): degenerate box", 3, 3),
    "outside": (
        plant_box(101, 5, 120, 20),
        f"{ONLY_B}, object 2 (dog): box xmin=101 ymin=5 xmax=120 ymax=20 lies outside the image of 100x80; left out",
        3,
        3,
    ),
    "outside, negative": (plant_box(5, -20, 20, -2.5), "lies outside the image of 100x80", 3, 3),
    "beyond the right": (
        plant_box(90, 5, 101.5, 20),
        f"{ONLY_B}, object 2 (dog): box xmin=90 ymin=5 xmax=101.5 ymax=20 reaches beyond the image of 100x80; clipped",
        3,
        4,
    ),
    "beyond the left": (plant_box(-2, 5, 30, 20), "reaches beyond the image of 100x80; clipped", 3, 4),
    "beyond the top": (plant_box(5, -2, 30, 20), "reaches beyond the image of 100x80; clipped", 3, 4),
    "beyond the bottom": (plant_box(5, 5, 30, 82), "reaches beyond the image of 100x80; clipped", 3, 4),
    "nan": (plant_box("nan", 5, 9, 9), f"{ONLY_B}, object 2 (dog): xmin is 'nan', not a finite number; left out", 3, 3),
    "infinite": (plant_box(1, 5, "inf", 9), "object 2 (dog): xmax is 'inf', not a finite number; left out", 3, 3),
    "no number": (plant_box(1, "5,5", 9, 9), "object 2 (dog): ymin is '5,5', not a finite number; left out", 3, 3),
    "empty corner": (plant_box(1, 5, 9, ""), "object 2 (dog): no ymax; left out", 3, 3),
    "no bndbox": (plant_object("<object><name>dog</name></object>"), "object 2 (dog): no bndbox; left out", 3, 3),
    "no name": (plant_object(f"<object>{BNDBOX}</object>"), f"{ONLY_B}, object 2: no class name; left out", 3, 3),
    "blank name": (plant_object(f"<object><name> </name>{BNDBOX}</object>"), "object 2: no class name; left out", 3, 3),
    "strange flag": (
        plant_object(box_xml(extra="<difficult>perhaps</difficult>")),
        "object 2 (dog): difficult is 'perhaps', not a finite number; left out",
        3,
        3,
    ),
    "no size": (
        plant_xml(annotation_xml(GOOD, wh=None)),
        f"{ONLY_B}: gives no size; the image's size is used",
        3,
        3,
    ),
    "size 0": (
        plant_xml(annotation_xml(GOOD, wh=(0, 0))),
        "gives the size 0x0 for b.jpg, but",
        3,
        3,
    ),
    "size differs": (plant_xml(annotation_xml(GOOD, wh=(80, 100))), "gives the size 80x100 for b.jpg, but", 3, 3),
    "size in words": (plant_xml(annotation_xml(GOOD, wh=("wide", 3))), "gives no usable size: width is 'wide'", 3, 3),
    "turned by EXIF": (
        lambda root: save_image(root / "JPEGImages/b.jpg", orientation=6),
        "gives the size 100x80 for b.jpg, but the image has 80x100",
        3,
        3,
    ),
    "listed, not annotated": (
        lambda root: save_list(root, "train", "a b ghost"),
        "ImageSets/Main/train.txt: lists 'ghost', which has no annotation; left out",
        3,
        3,
    ),
    "in train and val": (
        lambda root: save_list(root, "train", "a b c"),
        "JPEGImages/c.jpg: of val, is also in train; kept in both",
        4,
        4,
    ),
}


@pytest.fixture
def root(tmp_path) -> Path:
    return make_voc(tmp_path / "set", train="a b", val="c")


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_gives_its_finding_and_no_other(root, fault):
    plant, expected, images, boxes = FAULTS[fault]
    plant(root)
    before = snapshot(root)

    conversion = convert_voc(root)

    assert len(conversion.findings) == 1
    line = str(conversion.findings[0]).replace("\\", "/")
    assert expected in line
    assert "\n" not in line
    assert (sum(conversion.images.values()), sum(conversion.boxes.values())) == (images, boxes)
    assert (root / conversion.findings[0].file).exists()
    assert snapshot(root) == before
    written = [len(file.read_text("utf-8").splitlines()) for file in root.parent.glob("set-yolo/labels/*/*.txt")]
    assert (len(written), sum(written)) == (images, boxes)


@pytest.mark.parametrize("fault", FAULTS)
def test_strict_writes_nothing(root, fault):
    FAULTS[fault][0](root)

    conversion = convert_voc(root, strict=True)

    assert conversion.data_yaml is None
    assert len(conversion.findings) == 1
    assert [path.name for path in root.parent.iterdir()] == ["set"]


def test_strict_writes_a_faultless_set(root):
    conversion = convert_voc(root, strict=True)

    assert conversion.findings == ()
    assert conversion.data_yaml == root.parent / "set-yolo" / "data.yaml"
    assert conversion.data_yaml.is_file()


FLAT = "<bndbox><xmin>5</xmin><ymin>5</ymin><xmax>5</xmax><ymax>5</ymax></bndbox>"
PARTS = f"<part><name>head</name>{FLAT}</part><part><name>hand</name><object><name>nail</name></object></part>"

# what may look like a fault and is none
HARMLESS = {
    "counted from 0": plant_box(0, 0, 100, 80),
    "one pixel beyond": plant_box(-1, 5, 101, 20),
    "parts of a person": plant_object(f"<object><name>person</name>{PARTS}{BNDBOX}{PARTS}</object>"),
    "no flags": plant_object(f"<object><name>dog</name>{BNDBOX}</object>"),
    "flags in words": plant_object(box_xml(extra="<difficult>False</difficult><truncated>Unspecified</truncated>")),
    "empty flag": plant_object(box_xml(extra="<difficult/>")),
    "white space": plant_object(box_xml("\n dog\t", (" 1 ", "\n2\n", 30, 40.5))),
    "byte-order mark": plant_bytes(ONLY_B, annotation_xml(GOOD, box_xml()).encode("utf-8-sig")),
    "UTF-16": plant_bytes(ONLY_B, annotation_xml(GOOD, box_xml()).encode("utf-16")),
    "size as 100.0": plant_xml(annotation_xml(GOOD, box_xml(), wh=("100.0", "80"))),
}


@pytest.mark.parametrize("case", HARMLESS)
def test_what_is_no_fault_is_not_reported(root, case):
    HARMLESS[case](root)

    conversion = convert_voc(root)

    assert conversion.findings == ()
    assert conversion.boxes == {"train": 3, "val": 1}


def test_a_finding_is_one_line():
    finding = Finding("bad-object", Path("a.xml"), "a\nmessage", 1, "two\nlines")
    assert str(finding) == r"a.xml, object 1 (two\nlines): a message"


def test_findings_in_several_files_are_all_reported(root):
    FAULTS["no image"][0](root)
    save_annotation(
        root / "Annotations/c.xml", annotation_xml(box_xml(xyxy=(5, 5, 5, 5)), box_xml(xyxy=("x", 1, 2, 3)), GOOD)
    )

    findings = convert_voc(root).findings

    assert [(finding.file.name, finding.box) for finding in findings[:3]] == [
        ("b.xml", None),
        ("c.xml", 1),
        ("c.xml", 2),
    ]
    assert str(findings[3]) == "set: 'cat' is in val, and not in train"
