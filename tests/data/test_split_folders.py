"""Every split of a source gets a folder of its own in a result, one that Ultralytics finds labels for."""

import json
from collections import Counter
from pathlib import Path

import pytest
from voc_maker import save_image

from yolo_slice.data import check_dataset, convert_dataset


def save_labelled(image: Path) -> None:
    save_image(image)
    parts = ["labels" if part == "images" else part for part in image.with_suffix(".txt").parts]
    label = Path(*parts)
    label.parent.mkdir(parents=True, exist_ok=True)
    label.write_text("0 .5 .5 .2 .2\n")


@pytest.mark.parametrize("to", ["yolo", "voc", "coco"])
@pytest.mark.parametrize(
    "folders",
    [
        ("images/train", "images/dev", "images/val"),
        ("images/Train", "images/train", "images/val"),
        ("images/train", "train/images", "images/val"),
    ],
    ids=str,
)
def test_two_folders_of_one_use_are_both_kept(tmp_path: Path, folders: tuple[str, ...], to: str) -> None:
    for number, folder in enumerate(folders):
        save_labelled(tmp_path / "s" / folder / f"{number}.jpg")
    result = convert_dataset(tmp_path / "s", tmp_path / "out", to=to)
    images = Counter(path.stem for path in (tmp_path / "out").rglob("*.jpg"))
    assert images == Counter({"0": 1, "1": 1, "2": 1})
    assert sum(result.images.values()) == sum(result.boxes.values()) == 3
    assert len({name.casefold() for name in result.images}) == len(result.images)


def test_a_split_called_images_keeps_its_labels(tmp_path: Path) -> None:
    save_image(tmp_path / "s/a.jpg")
    annotation = {"id": 1, "image_id": 1, "category_id": 1, "bbox": [1, 1, 5, 5]}
    content = {
        "images": [{"id": 1, "file_name": "a.jpg"}],
        "categories": [{"id": 1, "name": "dog"}],
        "annotations": [annotation],
    }
    (tmp_path / "s/annotations").mkdir()
    (tmp_path / "s/annotations/images.json").write_text(json.dumps(content))
    convert_dataset(tmp_path / "s", tmp_path / "out", to="yolo")
    assert sum(split.objects for split in check_dataset(tmp_path / "out").splits.values()) > 0


def test_dots_and_parents_in_names_of_cvat_subsets(tmp_path: Path) -> None:
    subsets = {"a": "v1.train", "b": "v1.val", "c": "v1.test", "d": "../x"}
    box = '<box label="dog" xtl="1" ytl="1" xbr="9" ybr="9"/>'
    images = "".join(
        f'<image id="{n}" name="{stem}.jpg" subset="{subset}" width="100" height="200">{box}</image>'
        for n, (stem, subset) in enumerate(subsets.items())
    )
    for stem in subsets:
        save_image(tmp_path / f"s/{stem}.jpg")
    (tmp_path / "s/annotations.xml").write_text(f"<annotations>{images}</annotations>")
    result = convert_dataset(tmp_path / "s", tmp_path / "out", to="yolo")
    assert result.images == {"v1.train": 1, "x": 1, "v1.val": 1, "v1.test": 1}
    assert "val: images/v1.val\n" in (tmp_path / "out/data.yaml").read_text("utf-8")
    assert len([*(tmp_path / "out/images").rglob("*.jpg")]) == 4
