"""Faithfulness of maps whose faithfulness is known, on a drawn data set."""

import csv
import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from cam_fakes import FakeExplainer

from yolo_slice.cam.score import run
from yolo_slice.cam.score.class_names import SYNONYMS, match_class_names
from yolo_slice.cam.score.data import choose_images, read_pictures
from yolo_slice.cam.score.run import score_maps
from yolo_slice.cam.score.settings import ScoreSettings
from yolo_slice.cam.score.table import Sample, ScoreRow, summarise, to_markdown
from yolo_slice.errors import SliceError
from yolo_slice.integration import log
from yolo_slice.integration.data.labelled_images import LabelledImage, read_labelled_images

COCO = {0: "couch", 1: "horse", 2: "person", 3: "boat"}  # not the data set's indices


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Twelve pictures, white in BOX and black elsewhere; a person in BOX, in every third a sofa on the left half."""
    for split, count in (("train", 1), ("val", 12)):
        for kind in ("images", "labels"):
            (tmp_path / kind / split).mkdir(parents=True)
        for i in range(count):
            image = np.zeros((40, 60, 3), np.uint8)
            image[5:25, 10:30] = 255
            cv2.imwrite(str(tmp_path / "images" / split / f"{i:02}.png"), image)
            label = f"0 {20 / 60} {15 / 40} {20 / 60} {20 / 40}\n" + ("2 0.25 0.5 0.5 1\n" if i % 3 == 0 else "")
            (tmp_path / "labels" / split / f"{i:02}.txt").write_text(label)
    yaml = tmp_path / "data.yaml"
    yaml.write_text(
        f"path: {tmp_path.as_posix()}\ntrain: images/train\nval: images/val\nnames: [person, tower, sofa]\n"
    )
    return yaml


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[str]:
    lines: list[str] = []
    for name in ("inform", "warn"):
        monkeypatch.setattr(log, name, lines.append)
    monkeypatch.chdir(tmp_path)
    return lines


def use(monkeypatch: pytest.MonkeyPatch, heat, names=COCO) -> None:
    class Known(FakeExplainer):
        def __init__(self, *args, **settings) -> None:
            super().__init__(*args, heat=heat, names=names, **settings)

    monkeypatch.setattr(run, "open_explainer", Known)


def in_box(image, target):
    """The person's box; for the couch the left half."""
    if target.class_id == 0:
        return np.float32(np.arange(60) < 30) * np.ones((40, 1), np.float32)
    return (image[..., 0] > 0).astype(np.float32)


def score(data: Path, **changes) -> tuple[Path, dict[tuple[str, str], ScoreRow]]:
    folder, rows = score_maps(ScoreSettings(**{"model": ["a.pt"], "data": str(data), "steps": 4, **changes}))
    return folder, {(row.class_name, row.method): row for row in rows}


def test_a_perfect_map(data: Path, said: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, in_box)
    folder, rows = score(data, perturbed=3)
    person = rows["person", "HiResCAM"]
    assert (person.n, person.blank, person.pointing, person.ebpg, person.note) == (12, 0, 1, 1, "")
    assert person.ebpg_to_random == pytest.approx(1 / rows["person", "random"].ebpg)
    assert person.n_perturbed == 3
    assert person.insertion > rows["person", "random"].insertion
    assert person.deletion < rows["person", "random"].deletion
    sofa = rows["sofa", "HiResCAM"]  # the model's couch
    assert (sofa.n, sofa.ebpg) == (4, 1)
    everything = rows["all", "HiResCAM"]
    assert (everything.n, everything.pointing) == (16, 1)
    assert any("tower" in line and "left out" in line for line in said)
    assert any("curves of 5 pictures, about" in line for line in said)
    assert any("s an image" in line for line in said)
    assert {f.name for f in folder.iterdir()} == {"args.yaml", *(f"faithfulness.{s}" for s in ("csv", "md", "json"))}
    with (folder / "faithfulness.csv").open(encoding="utf-8") as file:
        table = list(csv.DictReader(file))
    assert len(table) == len(rows) == 9
    assert float(table[0]["ebpg"]) == everything.ebpg
    assert json.loads((folder / "faithfulness.json").read_text("utf-8"))["rows"][0]["n"] == 16
    assert "Pointing game: tolerance 15 px" in (folder / "faithfulness.md").read_text("utf-8")


def test_a_wrong_map_is_below_its_baselines_and_the_row_says_so(data, said, monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, lambda image, _: np.float32(image[..., 0] == 0) * np.linspace(0, 1, 60, dtype=np.float32))
    _, rows = score(data, perturbed=1, classes=["person"], tolerance=0)
    row = rows["person", "HiResCAM"]
    assert (row.pointing, row.ebpg) == (0, 0)
    for text in ("pointing game below centre", "EBPG below random", "insertion below centre", "deletion above centre"):
        assert text in row.note
    assert rows["person", "random"].note == ""


def test_blank_maps_count_as_misses(data, said, monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, in_box, {1: "person", 9: "horse"})
    _, rows = score(data, perturbed=0)
    assert rows["person", "HiResCAM"].insertion is None
    assert ("sofa", "HiResCAM") not in rows
    use(monkeypatch, lambda image, _: np.zeros(image.shape[:2], np.float32))
    _, rows = score(data, perturbed=0)
    row = rows["all", "HiResCAM"]
    assert (row.n, row.blank, row.pointing, row.ebpg) == (16, 16, 0, 0)


def test_the_same_seed_gives_the_same_table(data, said, monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, lambda image, _: np.ones(image.shape[:2], np.float32))  # pixels of equal heat come in random order
    tables = [
        (score(data, images=6, perturbed=2, seed=seed, batch=batch)[0] / "faithfulness.csv").read_text("utf-8")
        for seed, batch in ((1, 8), (1, 2), (2, 8))
    ]
    assert tables[0] == tables[1]
    assert tables[0] != tables[2]


def test_two_models_share_their_random_maps(data, said, monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, in_box)
    _, rows = score_maps(ScoreSettings(model=("a.pt", "b.pt"), data=str(data), perturbed=0))
    random = {row.model: row.ebpg for row in rows if row.method == "random" and row.class_name == "person"}
    assert set(random) == {"a", "b"}
    assert random["a"] == random["b"]


def test_mistakes_are_explained(data, said, monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, in_box, {0: "pylon"})
    with pytest.raises(SliceError, match="knows none of the data set's classes by name; it knows pylon"):
        score(data)
    use(monkeypatch, in_box)
    with pytest.raises(SliceError, match=r"persn.*did you mean person"):
        score(data, classes=["persn"])
    with pytest.raises(SliceError, match="no split 'test'"):
        score(data, split="test")
    with pytest.raises(SliceError, match=r"nowhere\.yaml does not exist"):
        score(Path("nowhere.yaml"))
    with pytest.raises(SliceError, match="steps=0"):
        ScoreSettings(model=("a.pt",), data="x.yaml", steps=0)
    with pytest.raises(SliceError, match="no image of the data set has an object"):
        choose_images([], {0}, None, 0, 0)
    assert not Path("runs").exists()


def test_labels_are_the_hosts(data: Path) -> None:
    names, images = read_labelled_images(str(data))
    assert names == {0: "person", 1: "tower", 2: "sofa"}
    assert [image.path.name for image in images] == [f"{i:02}.png" for i in range(12)]
    assert images[0].classes.tolist() == [0, 2]
    assert images[0].xyxyn * [60, 40, 60, 40] == pytest.approx(np.array([[10, 5, 30, 25], [0, 0, 30, 40]]), abs=1e-3)


def test_polygons_and_key_points_become_boxes(data: Path) -> None:
    label = data.parent / "labels" / "val" / "01.txt"
    label.write_text("2 0.1 0.2 0.5 0.2 0.5 0.6 0.1 0.6\n")
    _, images = read_labelled_images(str(data))
    assert images[1].classes.tolist() == [2]
    assert images[1].xyxyn == pytest.approx(np.array([[0.1, 0.2, 0.5, 0.6]]), abs=1e-6)
    for file in label.parent.glob("*.txt"):
        file.write_text("0 0.5 0.5 0.4 0.2 0.3 0.3 2 0.9 0.9 2\n")
    data.write_text(data.read_text() + "kpt_shape: [2, 3]\n")
    _, images = read_labelled_images(str(data))
    assert images[1].xyxyn == pytest.approx(np.array([[0.3, 0.4, 0.7, 0.6]]), abs=1e-6)


def test_images_are_drawn_without_repetition(tmp_path: Path, said: list[str]) -> None:
    images = [LabelledImage(tmp_path / f"{i}.png", np.array([i % 2]), np.zeros((1, 4))) for i in range(20)]
    chosen = choose_images(images, {1}, 6, 2, 0)
    assert len({one.number for one in chosen}) == 6
    assert all(one.number % 2 for one in chosen)
    assert sum(one.is_perturbed for one in chosen) == 2
    assert len(choose_images(images, {0, 1}, None, 3, 0)) == 20
    assert list(read_pictures(chosen[:1], {1})) == []
    assert "cannot be read" in said[0]


def test_averages_by_hand() -> None:
    samples = [
        Sample("m", "Grad-CAM", "cat", 1, 0.5, False, 0.6, 0.2),
        Sample("m", "Grad-CAM", "cat", 0, 0.1, True),
        Sample("m", "random", "cat", 0, 0.2, False, 0.7, 0.1),
        Sample("m", "random", "cat", 0, 0.2, False),
        Sample("m", "Grad-CAM", "dog", 1, 0.9, False),
    ]
    rows = {(r.class_name, r.method): r for r in summarise(samples)}
    cat = rows["cat", "Grad-CAM"]
    assert (cat.n, cat.blank, cat.pointing, cat.ebpg, cat.n_perturbed) == (2, 1, 0.5, 0.3, 1)
    assert cat.ebpg_to_random == pytest.approx(1.5)
    assert cat.note == "insertion below random; deletion above random"
    assert rows["all", "Grad-CAM"].ebpg == pytest.approx(0.5)
    assert rows["dog", "Grad-CAM"].ebpg_to_random is None
    line = next(line for line in to_markdown([cat]).splitlines() if "cat" in line)
    assert line.startswith("| m | cat | Grad-CAM | 2 | 1 | 0.500 | 0.300 | 1.50 | 0.600 | 0.200 | 1 |")


def test_voc_words_are_cocos() -> None:
    coco = dict(enumerate(SYNONYMS.values()))
    voc = dict(enumerate(SYNONYMS))
    assert match_class_names(voc, coco) == {i: i for i in coco}
    assert match_class_names(coco, voc) == {i: i for i in coco}
    assert match_class_names({0: "Dining-Table"}, {7: "diningtable"}) == {0: 7}
    assert match_class_names({0: "tower"}, {0: "person"}) == {}
