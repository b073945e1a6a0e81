"""A law: every image and every box of a source is in the result, or a finding names it."""

import pytest
from format_maker import FORMAT_MAKERS
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from set_maker import save_noise
from voc_maker import annotation_xml, box_xml, save_annotation

from yolo_slice.annotations.kinds import KINDS
from yolo_slice.data import convert_dataset
from yolo_slice.errors import SliceError
from yolo_slice.integration.data.images import image_suffixes

LISTS = ["ImageSets/Main/train.txt", "ImageSets/Main/val.txt", "train.txt", "ImageSets/Main/mine.txt"]


def images_below(root):
    return {file for file in root.rglob("*") if file.suffix[1:].lower() in image_suffixes() and file.is_file()}


def boxes_of(conversion):
    return sum(conversion.boxes.values()) + sum(conversion.difficult.values())


@pytest.mark.long
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
@pytest.mark.parametrize("name", FORMAT_MAKERS)
def test_images(tmp_path_factory, name, data):
    """Take files away and put others beside them: what is not written is named, by its stem or by its annotation's."""
    root = FORMAT_MAKERS[name](tmp_path_factory.mktemp("source") / "set")
    files = sorted(file for file in images_below(root))
    for file in data.draw(st.lists(st.sampled_from(files), unique=True, max_size=1)):
        file.unlink()
    for place in data.draw(st.lists(st.sampled_from(sorted({f"{file.parent.relative_to(root)}/" for file in files})))):
        save_noise(root / place / "more.jpg")
    try:
        conversion = convert_dataset(root, root.parent / "out", to="yolo", format=name)
    except SliceError as fault:
        if "usable" in str(fault):
            return  # nothing was written, and the reason is given
        raise

    said = "\n".join(map(str, conversion.findings))
    written = {file.stem for file in images_below(conversion.folder)}
    for image in images_below(root):
        assert image.stem in written or image.stem in said, f"{image} is lost: {said}"
    assert sum(conversion.images.values()) == len(images_below(conversion.folder))


@settings(max_examples=15, deadline=None)
@given(lists=st.dictionaries(st.sampled_from(LISTS), st.sets(st.sampled_from("abcdef")), max_size=4))
def test_lists_of_voc(tmp_path_factory, lists):
    root = tmp_path_factory.mktemp("source") / "set"
    for stem in "abcdef":
        save_noise(root / f"JPEGImages/{stem}.jpg")
        save_annotation(root / f"Annotations/{stem}.xml", annotation_xml(box_xml()))
    for place, stems in lists.items():
        (root / place).parent.mkdir(parents=True, exist_ok=True)
        (root / place).write_text("".join(f"{stem}.jpg\n" for stem in sorted(stems)), encoding="utf-8")

    conversion = convert_dataset(root, root.parent / "out", to="yolo", format="voc")

    said = "\n".join(map(str, conversion.findings))
    listed = {split: lists.get(f"ImageSets/Main/{split}.txt") for split in ("train", "val")}
    for split, stems in listed.items():
        written = {file.stem for file in images_below(conversion.folder / "images" / split)}
        assert not all(listed.values()) or written == stems or "same images" in said
        assert not stems or written <= stems
    assert len({file.stem for file in images_below(conversion.folder)}) + said.count(".xml") >= 6


BAD_OBJECTS = ["<object><name>x</name></object>", box_xml("dog", (9, 9, 9, 9)), box_xml("", (1, 1, 5, 5)), box_xml()]


@settings(max_examples=20, deadline=None)
@given(objects=st.lists(st.sampled_from(BAD_OBJECTS), max_size=6))
def test_boxes_of_voc(tmp_path_factory, objects):
    root = FORMAT_MAKERS["voc"](tmp_path_factory.mktemp("source") / "set")
    save_annotation(root / "Annotations/b.xml", annotation_xml(*objects))

    conversion = convert_dataset(root, root.parent / "out", to="coco")

    left_out = [finding for finding in conversion.findings if finding.action == "left out" and finding.box]
    assert boxes_of(conversion) + len(left_out) == 4 + len(objects)
    assert {finding.kind for finding in left_out} <= {*KINDS}


def test_folders_of_images_that_no_split_has(tmp_path):
    root = FORMAT_MAKERS["yolo"](tmp_path / "set")
    save_noise(root / "images/holdout/x.jpg")
    save_noise(root / "images/loose.jpg")
    found = [str(finding) for finding in convert_dataset(root, tmp_path / "out", to="voc").findings]
    assert found == [
        "images/loose.jpg: image in no split; left out",
        "images/holdout/x.jpg: image in no split; left out",
    ]


def test_two_folders_for_one_use_are_both_used(tmp_path):
    root = FORMAT_MAKERS["yolo"](tmp_path / "set")
    (root / "data.yaml").unlink()
    save_noise(root / "images/valid/x.jpg")
    conversion = convert_dataset(root, tmp_path / "out", to="yolo", names=["cat", "dog"])
    assert conversion.images == {"train": 2, "val": 1, "valid": 1}


def test_lines_that_ultralytics_does_not_find(tmp_path):
    root = FORMAT_MAKERS["yolo"](tmp_path / "set")
    (root / "train.txt").write_text("./images/train/a.jpg\nb 1\nghost.jpg\n", encoding="utf-8")
    text = (root / "data.yaml").read_text().replace("train: images/train", "train: train.txt")
    (root / "data.yaml").write_text(text)
    conversion = convert_dataset(root, tmp_path / "out", to="yolo")
    assert conversion.images == {"train": 2, "val": 1}
    assert [(finding.kind, finding.box) for finding in conversion.findings] == [
        ("yaml-differs", 2), ("missing-image", 3), ("yaml-differs", None),
    ]  # fmt: skip
