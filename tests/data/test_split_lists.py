"""Lists of a VOC folder in every spelling: the user's split is used, and what is not used is said."""

import pytest
from set_maker import save_noise
from voc_maker import annotation_xml, box_xml, save_annotation

from yolo_slice.data import convert_voc
from yolo_slice.data.source import open_dataset
from yolo_slice.integration import log


@pytest.fixture
def lines(monkeypatch):
    said = []
    monkeypatch.setattr(log, "inform", said.append)
    return said


@pytest.fixture
def root(tmp_path):
    for stem in "abcdef":
        save_noise(tmp_path / "set/JPEGImages" / f"{stem}.jpg")
        save_annotation(tmp_path / "set/Annotations" / f"{stem}.xml", annotation_xml(box_xml()))
    return tmp_path / "set"


def save_lists(place, **lists):
    place.mkdir(parents=True, exist_ok=True)
    for name, text in lists.items():
        (place / f"{name}.txt").write_bytes(text if isinstance(text, bytes) else text.encode())


def splits_of(root):
    return {split.name: sorted(split.ids) for split in open_dataset(root, "voc").splits}


SPELLINGS = {
    "suffix": "a.jpg\nb.jpg\n",
    "other suffix": "a.JPG\nb.xml\n",
    "path": "JPEGImages/a.jpg\n./JPEGImages/b\n",
    "path of another machine": "/home/me/VOC/JPEGImages/a.jpg\nC:\\Users\\me\\b.jpg\n",
    "flags": "a  1\nb -1\n",
    "suffix and flag": "a.jpg 1\nb.jpg 0\n",
    "lines end as on Windows": "a\r\nb\r\n",
    "byte-order mark": b"\xef\xbb\xbfa\nb\n",
    "quoted": "\"a.jpg\"\n'b'\n",
    "blank lines and twice": "\n a \n\nb\na\n",
    "capitals": "A\nB.JPG\n",
}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_lines(root, spelling):
    save_lists(root / "ImageSets/Main", train=SPELLINGS[spelling], val="d\ne\n")

    conversion = convert_voc(root)

    assert splits_of(root) == {"train": ["a", "b"], "val": ["d", "e"]}
    assert [str(finding) for finding in conversion.findings] == [
        "Annotations: 2 annotations in no split: c.xml, f.xml; left out",
        "JPEGImages: 2 images in no split: c.jpg, f.jpg; left out",
    ]
    assert sorted(path.stem for path in (root.parent / "set-yolo/images").rglob("*.jpg")) == ["a", "b", "d", "e"]


@pytest.mark.parametrize("place", ["ImageSets/Main", "imagesets/main", "ImageSets", "."])
@pytest.mark.parametrize(
    ("train", "val"),
    [("Train", "Validation"), ("TRAIN", "VAL"), ("training", "valid"), ("train2024", "val_2024"), ("Train", "dev")],
)
def test_names(root, place, train, val, lines):
    save_lists(root / place, **{train: "a\nb\nc\n", val: "d\ne\nf\n"})

    assert convert_voc(root).findings == ()
    assert splits_of(root) == {"train": ["a", "b", "c"], "val": ["d", "e", "f"]}
    assert lines == [f"train is {train}.txt, val is {val}.txt (images: train 3, val 3)"]


def test_two_lists_of_one_name_are_joined(root):
    save_lists(root / "ImageSets/Main", Train="a\n", training="b\n", val="c\n", testing="d\ne\nf\n")
    assert splits_of(root) == {"train": ["a", "b"], "val": ["c"], "test": ["d", "e", "f"]}


def test_lists_that_are_not_used_are_named(root, lines):
    save_lists(
        root / "ImageSets/Main", train="a\nb\nc\n", val="d\ne\nf\n", dog_train="a 1\nb -1\n", fold_1="a\n", mine="b\n"
    )
    assert convert_voc(root).findings == ()
    assert lines[1:] == [
        "not used, because they are of one class each: dog_train.txt",
        "not used, because their names do not say train, val, test or trainval: fold_1.txt, mine.txt",
    ]


def test_cvats_list_of_everything_is_divided(root):
    save_lists(root / "ImageSets/Main", default="a\nb\nc\nd\ne\n")
    assert [len(ids) for ids in splits_of(root).values()] == [4, 1]


def test_a_test_set_alone_is_one(root, lines):
    save_lists(root / "ImageSets/Main", test="a\nb\nc\nd\ne\n")

    conversion = convert_voc(root)

    assert conversion.images == {"test": 5}
    assert lines == ["there is no train, there is no val (images: test 5)"]
    assert [finding.message for finding in conversion.findings] == ["annotation in no split", "image in no split"]


def test_a_list_whose_lines_mean_nothing_is_not_replaced_by_everything(root):
    save_lists(root / "ImageSets/Main", train="x\ny\n", val="a\n")

    dataset = open_dataset(root, "voc")

    assert splits_of(root) == {"train": [], "val": ["a"]}
    assert [finding.message for finding in dataset.findings] == [
        "lists 'x', which has no annotation",
        "lists 'y', which has no annotation",
    ]


def test_one_image(tmp_path, lines):
    save_noise(tmp_path / "set/JPEGImages/a.jpg")
    save_annotation(tmp_path / "set/Annotations/a.xml", annotation_xml(box_xml()))

    assert convert_voc(tmp_path / "set").images == {"train": 1}
    assert lines == ["train is all in set that no list names, there is no val (images: train 1)"]


@pytest.mark.parametrize("place", ["JPEGImages/deep/er/a.jpg", "pictures/A.JPG", "a.jpg"])
def test_images_are_found_at_any_depth_and_in_any_letter_case(root, place):
    (root / "JPEGImages/a.jpg").unlink()
    save_noise(root / place, seed="moved")
    save_lists(root / "ImageSets/Main", train="a\nb\nc\n", val="d\ne\nf\n")

    conversion = convert_voc(root)

    assert conversion.findings == ()
    assert (root.parent / f"set-yolo/images/train/a{(root / place).suffix}").read_bytes() == (root / place).read_bytes()


def test_masks_and_images_of_others_are_not_taken(root):
    (root / "JPEGImages/a.jpg").unlink()
    save_noise(root / "SegmentationClass/a.png")
    (root / "JPEGImages/b.jpg").rename(root / "B.jpg")
    save_annotation(root / "Annotations/B2.xml", annotation_xml(box_xml(), filename="B.jpg"))
    save_lists(root / "ImageSets/Main", train="a\nb\nc\nB2\n", val="d\ne\nf\n")
    found = {finding.file.name: finding.kind for finding in convert_voc(root).findings}
    assert found == {"a.xml": "missing-image"}
