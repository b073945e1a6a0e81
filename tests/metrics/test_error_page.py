"""The page of errors: which cases it shows, what is cut out of the images, and that names of others do no harm."""

import base64
import json
import re
from pathlib import Path

import cv2
import numpy as np
import pytest
from test_errors import CAT, DOG, FOUND, OBJECTS, build

from yolo_slice import cli
from yolo_slice.metrics.detections import DetectionRow
from yolo_slice.metrics.errors.cases import false_alarms, found_by_one, found_counts, missed_objects
from yolo_slice.metrics.errors.gains import analyse_errors
from yolo_slice.metrics.errors.page import error_page
from yolo_slice.metrics.truth import TruthRow


def test_groups_by_hand() -> None:
    one = analyse_errors(*build(OBJECTS, FOUND))
    missed = {
        group.title: [(case.title, case.detail, case.detection) for case in group.cases]
        for group in missed_objects(one)
    }
    assert missed == {
        "Not found, small": [("dog, 10 px", "nearest: dog 0.70, IoU 0.33", 2)],
        "Not found, medium": [("cat, 40 px", "nearest: dog 0.80, IoU 1.00", 1)],
        "Not found, large": [("dog, 100 px", "nothing near", None)],
    }
    alarms = {group.title.split()[-1]: [(c.title, c.detail) for c in group.cases] for group in false_alarms(one)}
    assert alarms == {
        "classification": [("dog 0.80", "object: cat, IoU 1.00")],
        "localisation": [("dog 0.70", "object: dog, IoU 0.33")],
        "both": [("cat 0.40", "object: dog, IoU 0.33")],
        "duplicate": [("dog 0.60", "object: dog, IoU 1.00")],
        "background": [("dog 0.50", "no object there")],
    }


def test_the_largest_misses_and_the_most_confident_alarms_come_first() -> None:
    objects = [TruthRow(0, DOG, (50 * n, 0, 10 + n, 10 + n)) for n in range(12)]
    found = [DetectionRow(0, CAT, (50 * n, 500, 9, 9), n / 20) for n in range(12)]
    one = analyse_errors(*build(objects, found))
    small, background = missed_objects(one)[0], false_alarms(one)[-1]
    assert (small.total, [case.object for case in small.cases]) == (12, [*range(11, 3, -1)])
    assert (background.total, [case.detection for case in background.cases]) == (12, [*range(11, 3, -1)])


def test_what_one_model_finds_and_the_other_does_not() -> None:
    base, other = (
        analyse_errors(*build(OBJECTS, found)) for found in (FOUND, [DetectionRow(0, CAT, (100, 0, 40, 40), 0.9)])
    )
    assert found_counts((base, other)) == {"small": (0, 3, 0, 1), "medium": (0, 0, 1, 0), "large": (0, 0, 0, 1)}
    groups = {
        group.title: [(case.title, case.detail) for case in group.cases]
        for group in found_by_one(("a", "b"), (base, other))
    }
    assert groups["Found by b, not by a: medium"] == [("cat, 40 px", "nearest: dog 0.80, IoU 1.00")]
    assert groups["Found by a, not by b: small"] == [("dog, 10 px", "nothing near")] * 2 + [
        ("cat, 10 px", "nothing near")
    ]


def write(root: Path, name: str) -> list[str]:
    """Write an image whose right half is white, a dog on the edge between the halves, and a detection beside it."""
    image = np.zeros((100, 300, 3), np.uint8)
    image[:, 150:] = 255
    (root / "images/deep").mkdir(parents=True)
    cv2.imwrite(str(root / "images/deep/a.png"), image)
    truth = {
        "images": [{"id": 7, "file_name": "a.png"}],
        "categories": [{"id": 1, "name": name}],
        "annotations": [{"id": 1, "image_id": 7, "category_id": 1, "bbox": [140, 40, 20, 20]}],
    }
    (root / "truth.json").write_text(json.dumps(truth))
    (root / "found.json").write_text(
        json.dumps([{"image_id": 7, "category_id": 1, "bbox": [140, 48, 20, 20], "score": 0.5}])
    )
    return [
        f"truth={root / 'truth.json'}",
        f"detections={root / 'found.json'}",
        f"project={root / 'runs'}",
        "errors=True",
        "sizes=",
    ]


def test_command_cuts_the_case_out_of_its_image(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    common = write(tmp_path, "<b>dog & cat")
    assert cli.main(["eval", *common, f"images={tmp_path / 'images'}"]) == 0
    page = (tmp_path / "runs/eval/errors.html").read_text()
    assert "&lt;b&gt;dog &amp; cat, 20 px" in page
    assert "<b>dog &" not in page
    assert not re.search(r"(src|href)=\"(?!data:)", page)
    svg = re.search(r'<svg viewBox="0 0 70 70".*?</svg>', page)[
        0
    ]  # two and a half times 28 px; its middle is (150, 54)
    assert '<rect class="object" x="25.0" y="21.0" width="20.0" height="20.0"/>' in svg
    assert '<rect class="found" x="25.0" y="29.0" width="20.0" height="20.0"/>' in svg
    data = base64.b64decode(
        re.search(r'href="data:image/jpeg;base64,([^"]+)" x="0" y="0" width="70" height="70"', svg)[1]
    )
    cut = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    assert cut.shape == (70, 70, 3)
    assert cut[:, :32].max() < 40
    assert cut[:, 38:].min() > 215
    assert "image not found" not in page


def test_without_an_image_the_boxes_are_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    common = write(tmp_path, "dog")
    assert cli.main(["eval", *common]) == 0
    page = (tmp_path / "runs/eval/errors.html").read_text()
    assert page.count("image not found") == page.count('class="found" x') == 2  # the miss, and the false alarm
    assert "images=FOLDER" in page
    assert cli.main(["eval", *common, "images=nowhere"]) == 1
    assert "images=nowhere is not a folder" in capsys.readouterr().err


def test_models_on_other_objects_are_not_compared() -> None:
    one, other = analyse_errors(*build(OBJECTS, FOUND)), analyse_errors(*build(OBJECTS[1:], FOUND))
    assert "beside" in error_page({"a": one, "b": one})
    assert "beside" not in error_page({"a": one, "b": other})


def test_a_map_stands_beside_a_miss_with_a_detection_near(tmp_path: Path) -> None:
    """The map is cut out as the picture is; misses with nothing near, and false alarms, have none."""
    truth, found = build(OBJECTS, FOUND)
    for name in truth.images:
        cv2.imwrite(str(tmp_path / f"{name}.png"), np.zeros((400, 400, 3), np.uint8))
    asked = []

    def paint(image: np.ndarray, xyxy: tuple, class_name: str) -> np.ndarray | None:
        asked.append((image.shape, xyxy, class_name))
        return np.full_like(image, 255) if class_name == "dog" else None

    one = analyse_errors(truth, found)
    page = error_page({"a": one, "b": one}, tmp_path, {"a": paint})
    near = [case for group in missed_objects(one) for case in group.cases if case.detection is not None]
    assert len(asked) == len(near) == 2  # those of model a; none is found by one model alone
    x, y, w, h = found.xywh[near[0].detection]
    assert asked[0] == ((400, 400, 3), (x, y, x + w, y + h), "dog")
    pairs = re.findall(r'<figure class="pair"><div>(<svg.*?</svg>)(<svg.*?</svg>)</div>', page)
    assert len(pairs) == 2
    for pair in pairs:
        (low, place), (high, same) = (re.search(r'base64,([^"]+)" (x=.*?)/>', svg).groups() for svg in pair)
        brightness = [cv2.imdecode(np.frombuffer(base64.b64decode(d), np.uint8), 0).mean() for d in (low, high)]
        assert (brightness[0] < 5, brightness[1] > 250, place == same) == (True, True, True)
    assert "Beside a miss" in page
    assert "Beside a miss" not in error_page({"b": one}, tmp_path)
