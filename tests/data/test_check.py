"""Every fault planted once into a faultless set of each format: exactly it is found, where it is."""

import json
import re
import shutil

import pytest
from set_maker import BOX, MAKERS, SPLITS, load_coco, save_coco, save_noise, save_rows, save_yaml
from voc_maker import annotation_xml, box_xml, save_annotation, save_list, snapshot

from yolo_slice.annotations.kinds import KINDS
from yolo_slice.cli import main
from yolo_slice.data import check_dataset, save_html
from yolo_slice.errors import SliceError

IMAGE = {"voc": "JPEGImages/{}.jpg", "yolo": "images/{split}/{}.jpg", "coco": "images/{split}/{}.jpg"}


def image_of(root, stem):
    split = next(split for split, stems in SPLITS.items() if stem in stems)
    return root / IMAGE[root.name].format(stem, split=split)


def label_of(stem):
    split = next(split for split, stems in SPLITS.items() if stem in stems)
    return {"voc": f"Annotations/{stem}.xml", "yolo": f"labels/{split}/{stem}.txt"}


# Faults of images, in any format: name -> (plant, kinds with their number of findings, files named)
def cut(root):
    file = image_of(root, "b")
    file.write_bytes(file.read_bytes()[:-2000])


def empty(root):
    image_of(root, "b").write_bytes(b"")


def text(root):
    image_of(root, "b").write_text("not an image", encoding="utf-8")


def remove(root):
    image_of(root, "b").unlink()


def turn(root):
    save_noise(image_of(root, "b"), orientation=3)


def trail(root):
    with image_of(root, "b").open("ab") as file:
        file.write(b"camera's own data")


def copy_within(root):
    shutil.copy(image_of(root, "a"), image_of(root, "b"))


def copy_across(root):
    shutil.copy(image_of(root, "a"), image_of(root, "c"))


def copy_with_other_tags(root):
    save_noise(image_of(root, "a"), seed="same")
    save_noise(image_of(root, "c"), seed="same", comment=b"another file, the same pixels")


def add_bare(root):
    save_noise(image_of(root, "a").with_name("bare.jpg"))


IMAGE_FAULTS = {
    "cut off": (cut, "unreadable-image", "b.jpg"),
    "empty": (empty, "unreadable-image", "b.jpg"),
    "no image at all": (text, "unreadable-image", "b.jpg"),
    "removed": (remove, "missing-image", None),
    "turned by EXIF": (turn, "exif-rotation", "b.jpg"),
    "bytes after its end": (trail, "jpeg-end", "b.jpg"),
    "twice in a split": (copy_within, "duplicate-image", "b.jpg"),
    "in two splits": (copy_across, "leakage", "c.jpg"),
    "in two splits, as another file": (copy_with_other_tags, "leakage", "c.jpg"),
    "without annotation": (add_bare, "no-annotation", "bare.jpg"),
}


@pytest.fixture(params=MAKERS)
def root(request, tmp_path):
    return MAKERS[request.param](tmp_path / request.param)


def found(root, **options):
    return [(finding.kind, str(finding)) for finding in check_dataset(root, **options).findings]


def test_a_faultless_set_has_no_findings(root):
    before = snapshot(root)

    report = check_dataset(root)

    assert report.findings == ()
    assert report.is_sound
    assert {name: (count.images, count.objects) for name, count in report.splits.items()} == {
        "train": (2, 4),
        "val": (1, 2),
    }
    assert snapshot(root) == before


@pytest.mark.parametrize("fault", IMAGE_FAULTS)
def test_a_fault_of_an_image(root, fault):
    plant, kind, file = IMAGE_FAULTS[fault]
    plant(root)

    findings = check_dataset(root).findings

    assert [finding.kind for finding in findings] == [kind]
    if file:
        assert findings[0].file.name == file
        assert (root / findings[0].file).exists()


def voc_object(*objects):
    good = [box_xml(name, BOX) for name in ("cat", "dog")]
    return lambda root: save_annotation(root / "Annotations/b.xml", annotation_xml(*good, *objects))


def yolo_row(row):
    return lambda root: save_rows(root, "train/b", "0 0.2 0.5 0.2 0.4", "1 0.2 0.5 0.2 0.4", row)


def coco_change(change):
    def plant(root):
        data = load_coco(root)
        change(data)
        save_coco(root, "train", data)

    return plant


def coco_object(**changes):
    entry = {"id": 99, "image_id": 2, "category_id": 1, "bbox": [1, 2, 3, 4], "area": 5, "iscrowd": 0, **changes}
    return coco_change(lambda data: data["annotations"].append(entry))


def plant_bytes(place, data):
    return lambda root: (root / place).write_bytes(data)


def unused_name(root):
    save_yaml(root, train="images/train", val="images/val", names=["cat", "dog", "horse"])


def untrained(root):
    save_yaml(root, train="images/train", val="images/val", names=["cat", "dog", "horse"])
    save_rows(root, "val/c", "0 0.2 0.5 0.2 0.4", "1 0.2 0.5 0.2 0.4", "2 0.2 0.5 0.2 0.4")


def same_split_twice(root):
    save_yaml(root, train="images/train", val="images/train", names=["cat", "dog"])


FAULTS = {
    # VOC
    "voc degenerate": ("voc", voc_object(box_xml("dog", (9, 9, 9, 20))), "degenerate-box", "b.xml, object 3 (dog)"),
    "voc outside": ("voc", voc_object(box_xml("dog", (109, 9, 120, 20))), "outside-box", "b.xml, object 3 (dog)"),
    "voc beyond": ("voc", voc_object(box_xml("dog", (90, 9, 120, 20))), "box-beyond-image", "b.xml, object 3 (dog)"),
    "voc double": ("voc", voc_object(box_xml("dog", BOX)), "duplicate-box", "b.xml, object 3 (dog)"),
    "voc no number": ("voc", voc_object(box_xml("dog", (1, "x", 9, 9))), "bad-object", "b.xml, object 3 (dog)"),
    "voc no name": ("voc", voc_object(box_xml(" ")), "bad-object", "b.xml, object 3"),
    "voc size": (
        "voc", lambda root: save_annotation(root / "Annotations/b.xml", annotation_xml(wh=(80, 100))),
        "size-mismatch", "Annotations/b.xml",
    ),
    "voc no XML": ("voc", plant_bytes("Annotations/b.xml", b"<annotation>"), "unreadable-annotation", "b.xml"),
    "voc list": ("voc", lambda root: save_list(root, "train", "a b ghost"), "missing-annotation", "Main/train.txt"),
    "voc no list": (
        "voc", lambda root: save_annotation(root / "Annotations/d.xml", annotation_xml()), "unlisted", "d.xml",
    ),
    "voc in two lists": ("voc", lambda root: save_list(root, "train", "a b c"), "leakage", "JPEGImages/c.jpg"),
    "voc case": ("voc", voc_object(box_xml("Dog", (1, 2, 30, 40))), "similar-names", "voc"),
    # YOLO
    "yolo degenerate": ("yolo", yolo_row("1 0.5 0.5 0 0.1"), "degenerate-box", "labels/train/b.txt, line 3 (dog)"),
    "yolo beyond": ("yolo", yolo_row("1 0.95 0.5 0.2 0.1"), "box-beyond-image", "b.txt, line 3 (dog)"),
    "yolo double": ("yolo", yolo_row("1 0.2 0.5 0.2 0.4"), "duplicate-box", "b.txt, line 3 (dog)"),
    "yolo pixels": ("yolo", yolo_row("1 50 40 20 10"), "bad-object", "b.txt, line 3"),
    "yolo negative": ("yolo", yolo_row("1 0.5 -0.5 0.2 0.1"), "bad-object", "b.txt, line 3"),
    "yolo class": ("yolo", yolo_row("2 0.5 0.5 0.2 0.1"), "unknown-class", "b.txt, line 3"),
    "yolo class in words": ("yolo", yolo_row("dog 0.5 0.5 0.2 0.1"), "bad-object", "b.txt, line 3"),
    "yolo columns": ("yolo", yolo_row("1 0.5 0.5 0.2"), "bad-object", "b.txt, line 3"),
    "yolo confidence": ("yolo", yolo_row("1 0.5 0.5 0.2 0.1 0.9"), "bad-object", "b.txt, line 3"),
    "yolo nan": ("yolo", yolo_row("1 nan 0.5 0.2 0.1"), "bad-object", "b.txt, line 3"),
    "yolo polygon": ("yolo", yolo_row("1 0.1 0.1 0.3 0.1 0.2 0.3"), "polygon", "b.txt, line 3"),
    "yolo bytes": ("yolo", plant_bytes("labels/train/b.txt", b"\xff\xfe\x00"), "unreadable-annotation", "b.txt"),
    "yolo no label": ("yolo", lambda root: (root / "labels/train/b.txt").unlink(), "no-annotation", "train/b.jpg"),
    "yolo orphan": (
        "yolo", lambda root: save_rows(root, "train/ghost", "0 0.5 0.5 0.1 0.1"), "missing-image", "ghost.txt",
    ),
    "yolo unused": ("yolo", unused_name, "unused-class", "yolo"),
    "yolo untrained": ("yolo", untrained, "untrained-class", "yolo"),
    "yolo one label, two images": (
        "yolo", lambda root: save_noise(root / "images/train/b.png"), "duplicate-id", "train/b.png",
    ),
    "yolo tiny": (
        "yolo", lambda root: save_noise(root / "images/train/b.jpg", (100, 9)), "tiny-image", "b.jpg",
    ),
    # COCO
    "coco degenerate": ("coco", coco_object(bbox=[5, 5, 0, 5]), "degenerate-box", "train.json, annotation id 99 (cat)"),
    "coco outside": ("coco", coco_object(bbox=[5, 90, 5, 5]), "outside-box", "train.json, annotation id 99 (cat)"),
    "coco beyond": ("coco", coco_object(bbox=[5, 70, 5, 15]), "box-beyond-image", "annotation id 99 (cat)"),
    "coco double": ("coco", coco_object(bbox=[10, 20, 20, 40]), "duplicate-box", "annotation id 99 (cat)"),
    "coco category": ("coco", coco_object(category_id=8), "unknown-class", "annotation id 99"),
    "coco category in words": ("coco", coco_object(category_id="cat"), "unknown-class", "annotation id 99"),
    "coco no bbox": ("coco", coco_object(bbox=None), "bad-object", "annotation id 99 (cat)"),
    "coco three numbers": ("coco", coco_object(bbox=[1, 2, 3]), "bad-object", "annotation id 99 (cat)"),
    "coco words": ("coco", coco_object(bbox=[1, 2, 3, "four"]), "bad-object", "annotation id 99 (cat)"),
    "coco id twice": ("coco", coco_object(id=11), "duplicate-id", "train.json, annotation no. 5"),
    "coco no image": ("coco", coco_object(image_id=77), "missing-image", "train.json, annotation no. 5"),
    "coco not an object": (
        "coco", coco_change(lambda data: data["annotations"].append(7)), "bad-object", "annotation no. 5",
    ),
    "coco image id twice": (
        "coco", coco_change(lambda data: data["images"].append({**data["images"][0], "file_name": "z.jpg"})),
        "duplicate-id", "train.json, image no. 3",
    ),
    "coco image without name": (
        "coco", coco_change(lambda data: data["images"].append({"id": 3})), "bad-object", "image no. 3",
    ),
    "coco size": (
        "coco", coco_change(lambda data: data["images"][1].update(width=80)), "size-mismatch", "instances_train.json",
    ),
    "coco unused": (
        "coco", coco_change(lambda data: data["categories"].append({"id": 9, "name": "horse"})), "unused-class", "coco",
    ),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_of_an_annotation(tmp_path, fault):
    format, plant, kind, place = FAULTS[fault]
    root = MAKERS[format](tmp_path / format)
    plant(root)

    findings = check_dataset(root).findings

    assert [finding.kind for finding in findings] == [kind]
    assert findings[0].place.endswith(place)


def test_every_kind_of_fault_has_been_planted():
    planted = {kind for _, kind, _ in IMAGE_FAULTS.values()} | {kind for _, _, kind, _ in FAULTS.values()}
    elsewhere = {"stale-side-file"}  # test_round_trip.py
    assert {*KINDS} - planted - elsewhere == {
        *("data-yaml", "yaml-differs", "repeated-name"),  # test_data_yaml.py
        "bad-name",  # test_names_in_results.py
        "unreadable-folder",  # test_permissions.py
        "unused-names",  # formats/test_side_by_side.py
    }


def test_everything_at_once_is_reported_and_counted(root):
    for plant in (cut, add_bare, copy_across):
        plant(root)

    report = check_dataset(root)

    assert sorted(finding.kind for finding in report.findings) == ["leakage", "no-annotation", "unreadable-image"]
    assert not report.is_sound
    assert report.splits["val"].images == 1


def test_one_split_for_two_parts_is_leakage(tmp_path):
    root = MAKERS["yolo"](tmp_path / "yolo")
    same_split_twice(root)
    assert [(kind, line.split(":")[0]) for kind, line in found(root)] == [
        ("leakage", "images/train"), ("unlisted", "images/val/c.jpg"), ("unlisted", "labels/val/c.txt"),
    ]  # fmt: skip


def test_names_that_are_asked_for(tmp_path):
    root = MAKERS["voc"](tmp_path / "voc")
    findings = check_dataset(root, names=["cat"]).findings
    assert [(finding.kind, finding.place) for finding in findings] == [
        ("unknown-class", f"Annotations/{stem}.xml, object 2 (dog)") for stem in "abc"
    ]


def test_sizes_by_hand(tmp_path):
    """20x40 px: side 28.3 px, small; at imgsz 640 scaled by 640/100 = 6.4: 181 px, large. COCO's own area: 500."""
    for format in MAKERS:
        root = MAKERS[format](tmp_path / format)
        sizes = check_dataset(root, imgsz=640).sizes
        shares = {"small": (1.0, 0.0), "medium": (0.0, 0.0), "large": (0.0, 1.0)}
        assert sizes.shares() == shares
        assert sizes.original == {16: 6}
        smaller = check_dataset(root, imgsz=50).sizes.scaled
        assert smaller == {8: 6}  # 14.1 px; by COCO's area 11.2 px


def test_the_command_and_its_exit_status(root, tmp_path, capsys):
    out = tmp_path / "reports"
    arguments = ["data", "check", str(root), f"json={out}/r.json", f"html={out}/r.html"]

    assert main(arguments) == 0
    add_bare(root)
    assert main(arguments) == 0  # a warning
    text = capsys.readouterr().out
    assert "0 errors, 1 warning" in text
    assert "to do: annotate them" in text
    cut(root)
    assert main(arguments) == 1

    text = capsys.readouterr().out
    assert "ERROR unreadable-image: images that cannot be decoded to the end: 1" in text
    stored = json.loads((out / "r.json").read_text("utf-8"))
    assert stored["counts"] == {"unreadable-image": 1, "no-annotation": 1}
    assert {(entry["severity"], entry["kind"]) for entry in stored["findings"]} == {
        ("error", "unreadable-image"),
        ("warning", "no-annotation"),
    }
    assert stored["classes"] == {"cat": {"train": 1, "val": 1}, "dog": {"train": 1, "val": 1}}


def test_the_page_needs_nothing_else_and_escapes_what_it_shows(tmp_path):
    root = MAKERS["voc"](tmp_path / "voc")
    bad = "<script>alert(1)</script>&"
    save_annotation(
        root / "Annotations/b.xml", annotation_xml(box_xml("cat", (9, 9, 9, 9)), box_xml("&lt;script&gt;alert(1)"))
    )
    save_html(check_dataset(root), tmp_path / "page.html")

    page = (tmp_path / "page.html").read_text("utf-8")

    assert "<script" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert bad not in page
    assert not re.findall(r'(?:src|href)="(?!data:image/jpeg;base64,)', page)
    assert page.count("<figure>") == 4  # the fault, two images of train, one of val
    assert "degenerate box xmin=9" in page


BAD_INPUT = {
    "nothing": (lambda folder: folder / "none", "is not there"),
    "empty folder": (lambda folder: folder, "is no data set: looked for coco: .*; voc: .*; yolo: .*found nothing"),
    "text": (lambda folder: save(folder / "a.txt", "x"), "is no data set"),
    "broken JSON": (lambda folder: save(folder / "a.json", '{"images": [\n1,\n}'), r"a\.json, line 3: not JSON"),
    "deep JSON": (
        lambda folder: save(folder / "a.json", "[" * 100_000),
        r"a\.json: not JSON|a\.json, line 1: not JSON",
    ),
    "JSON of something else": (lambda folder: save(folder / "a.json", "[]"), "not a COCO JSON: no list images"),
    "broken YAML": (lambda folder: save(folder / "a.yaml", "names: [a\ntrain: b: c\n"), r"a\.yaml, line 2: not YAML"),
    "YAML of something else": (lambda folder: save(folder / "a.yaml", "- 1"), "not a data YAML"),
    "YAML without splits": (lambda folder: save(folder / "a.yaml", "names: [a]"), "names no split"),
    "YAML with a gap": (
        lambda folder: save(folder / "a.yaml", "names: {0: a, 2: b}\ntrain: ."),
        "names has 0, 2 and no 1",
    ),
    "YAML without its folder": (
        lambda folder: save(folder / "a.yaml", "names: [a]\ntrain: images/x"),
        r"a\.yaml: train: .*images.x is not there",
    ),
    "YAML for pose": (
        lambda folder: save(folder / "a.yaml", "names: [a]\ntrain: .\nkpt_shape: [17, 3]"),
        "kpt_shape: these are labels for pose",
    ),
    "two formats": (
        lambda folder: save(save(folder / "x.xml", "<annotation/>").parent / "labels" / "a.txt", "").parent.parent,
        r"could be voc or yolo; say which: format=voc or format=yolo",
    ),
}


def save(file, text):
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return file


@pytest.mark.parametrize("case", BAD_INPUT)
def test_bad_input_is_one_line(tmp_path, case, capsys):
    make, message = BAD_INPUT[case]
    data = make(tmp_path)
    with pytest.raises(SliceError, match=message):
        check_dataset(data)
    assert main(["data", "check", str(data)]) == 1
    assert re.search(message, capsys.readouterr().err)
    assert main(["data", "convert", str(data), str(tmp_path.parent / "out"), "to=voc"]) == 1


def test_a_list_of_images_serves_as_split(tmp_path):
    root = MAKERS["yolo"](tmp_path / "yolo")
    save(root / "mine.txt", f"./images/train/a.jpg\n{root / 'images/train/b.jpg'}\n")
    save_yaml(root, train="mine.txt", val="images/val", names=["cat", "dog"])

    report = check_dataset(root)

    assert report.findings == ()
    assert report.splits["mine"].objects == 4
    save(root / "mine.txt", "./images/train/a.jpg\n./images/train/b.jpg\n./images/train/ghost.jpg\n")
    assert [kind for kind, _ in found(root)] == ["missing-image"]


@pytest.mark.parametrize("data", [{"train": "x" * 5000}, {"path": "y" * 5000, "train": "images"}])
def test_a_path_that_the_system_refuses_is_explained(tmp_path, data):
    (tmp_path / "data.yaml").write_text(json.dumps({**data, "names": ["a"]}))
    with pytest.raises(SliceError, match=r"data\.yaml: train: .*, in a path of \d{4,} characters"):
        check_dataset(tmp_path / "data.yaml")
