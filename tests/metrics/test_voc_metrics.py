"""VOC's AP: against a plain loop, by hand, and on real detections with known results."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
from boxes_by_hand import voc_ap

from yolo_slice.errors import SliceError
from yolo_slice.metrics import evaluate_voc

RULES = ["area", "11point"]


def objects(*boxes, name="dog"):
    """One image `a`; each box is xmin, ymin, xmax, ymax, difficult."""
    return {"a": {"objects": [{"name": name, "bbox": list(box[:4]), "difficult": box[4]} for box in boxes]}}


def found(*boxes):
    """Each box is score, xmin, ymin, xmax, ymax in VOC's corners, given as COCO has it."""
    return [
        {"image_id": "a", "category_id": "dog", "bbox": [x - 1, y - 1, r - x, b - y], "score": score}
        for score, x, y, r, b in boxes
    ]


@pytest.mark.long
@pytest.mark.parametrize(
    ("rule", "key"), [pytest.param("area", "ap_area", marks=pytest.mark.slow), ("11point", "ap_11pt")]
)
def test_voc2012_results(real_data: Path, rule: str, key: str) -> None:
    folder = real_data / "voc2012-eval"
    expected = json.loads((folder / "expected_ap.json").read_text())
    metrics = evaluate_voc(folder / "voc2012_val_gt.json", folder, rule=rule)
    assert metrics.keys() == {"mAP", *expected}
    for name, row in expected.items():
        assert round(metrics[name], 6) == row[key]
        assert metrics.objects[name] == row["npos"]
    assert metrics["mAP"] == pytest.approx(np.mean([row[key] for row in expected.values()]), abs=1e-6)
    assert repr(metrics) == f"VocMetrics(mAP={metrics['mAP']:.4f}, classes=3, rule={rule!r})"


@pytest.mark.slow
def test_voc2012_results_equal_a_plain_loop(real_data: Path) -> None:
    folder = real_data / "voc2012-eval"
    truth = json.loads((folder / "voc2012_val_gt.json").read_text())
    lines = [line.split() for line in (folder / "comp3_det_val_bicycle.txt").read_text().splitlines()]
    boxes = [(image, float(score), list(map(float, box))) for image, score, *box in lines]
    mine = {
        image: [(*thing["bbox"], thing["difficult"]) for thing in item["objects"] if thing["name"] == "bicycle"]
        for image, item in truth.items()
    }
    for rule in RULES:
        ours = evaluate_voc(truth, folder / "comp3_det_val_bicycle.txt", rule=rule)
        expected = pytest.approx(voc_ap(mine, boxes, rule=rule), abs=1e-12)
        assert dict(ours) == {"mAP": ours["bicycle"], "bicycle": expected}


def test_cartucho(real_data: Path) -> None:
    folder = real_data / "cartucho-map"
    metrics = evaluate_voc(folder / "ground-truth", folder / "detection-results")
    text = (folder / "expected_output.txt").read_text().splitlines()
    expected = {line.split(" = ")[1].removesuffix(" AP "): line.split("%")[0] for line in text if line.endswith("AP ")}
    assert {name: f"{100 * ap:.2f}" for name, ap in metrics.ap.items()} == expected
    assert f"mAP = {100 * metrics['mAP']:.2f}%" in text
    assert round(100 * metrics["mAP"], 2) == 31.05


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("seed", range(10))
def test_equals_a_plain_loop(rule: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    truth, boxes = {}, []
    for image in "abcd":
        corners = rng.integers(1, 60, (int(rng.integers(0, 5)), 2))
        truth[image] = [(x, y, x + 30, y + 20, bool(rng.random() < 0.25)) for x, y in corners.tolist()]
        for x, y, right, bottom, _ in truth[image]:
            for _ in range(rng.integers(0, 3)):
                jitter = rng.integers(-8, 9, 4)
                boxes.append((image, float(rng.integers(1, 5)), (np.array([x, y, right, bottom]) + jitter).tolist()))
    as_json = {
        image: {"objects": [{"name": "dog", "bbox": row[:4], "difficult": row[4]} for row in rows]}
        for image, rows in truth.items()
    }
    as_coco = [
        {
            "image_id": i,
            "category_id": "dog",
            "bbox": [b[0] - 1, b[1] - 1, b[2] - b[0], b[3] - b[1]],
            "score": s,
        }
        for i, s, b in boxes
    ]
    assert evaluate_voc(as_json, as_coco, rule=rule)["dog"] == pytest.approx(voc_ap(truth, boxes, rule=rule), abs=1e-12)


def test_an_overlap_of_exactly_one_half_is_enough() -> None:
    truth = objects((1, 1, 10, 10, 0))  # 100 pixels, both corners counted
    assert evaluate_voc(truth, found((1, 1, 1, 10, 5)))["dog"] == 1  # 50 of 100
    assert evaluate_voc(truth, found((1, 1, 1, 10, 4)))["dog"] == 0


def test_both_corners_belong_to_a_box() -> None:
    truth = objects((1, 1, 2, 2, 0))  # 4 pixels
    assert evaluate_voc(truth, found((1, 2, 1, 3, 2)))["dog"] == 0  # 2 of 6 shared; without the pixel, 0 of 2
    assert evaluate_voc(objects((1, 1, 3, 3, 0)), found((1, 1, 1, 3, 2)))["dog"] == 1  # 6 of 9; without, 2 of 4


@pytest.mark.parametrize("rule", RULES)
def test_a_difficult_object_counts_neither_way(rule: str) -> None:
    truth = objects((1, 1, 10, 10, 0), (50, 50, 60, 60, 1))
    easy, hard, hard_again = (0.5, 1, 1, 10, 10), (0.9, 50, 50, 60, 60), (0.8, 50, 50, 60, 60)
    metrics = evaluate_voc(truth, found(hard, hard_again, easy), rule=rule)
    assert metrics["dog"] == pytest.approx(1)
    assert (metrics.objects, metrics.difficult, metrics.knows_difficult) == ({"dog": 1}, {"dog": 1}, True)
    assert evaluate_voc(objects((50, 50, 60, 60, 1)), found(hard), rule=rule).ap == {}


@pytest.mark.parametrize(("rule", "value"), [("area", 0.5 * 1 + 0.5 * 2 / 3), ("11point", (6 + 5 * 2 / 3) / 11)])
def test_a_second_hit_is_wrong_and_the_curve_is_made_to_fall(rule: str, value: float) -> None:
    truth = objects((1, 1, 10, 10, 0), (50, 50, 60, 60, 0))
    boxes = found((0.9, 1, 1, 10, 10), (0.8, 1, 1, 10, 9), (0.7, 50, 50, 60, 60))
    assert evaluate_voc(truth, boxes, rule=rule)["dog"] == pytest.approx(value)


def test_equal_scores_keep_the_order_of_the_source() -> None:
    truth = objects((1, 1, 10, 10, 0))
    right, wrong = (0.9, 1, 1, 10, 10), (0.9, 40, 40, 50, 50)
    assert evaluate_voc(truth, found(right, wrong))["dog"] == 1
    assert evaluate_voc(truth, found(wrong, right))["dog"] == 0.5


def test_a_recall_of_exactly_three_tenths_reaches_the_fourth_point() -> None:
    truth = objects(*[(100 * n + 1, 1, 100 * n + 10, 10, 0) for n in range(10)])
    boxes = found(*[(0.9, 100 * n + 1, 1, 100 * n + 10, 10) for n in range(3)])
    assert evaluate_voc(truth, boxes, rule="11point")["dog"] == pytest.approx(4 / 11)


def test_only_the_nearest_object_counts() -> None:
    """The kit looks at the best overlap only: a box nearer to a found object is wrong, though another is free."""
    truth = objects((1, 1, 10, 10, 0), (3, 1, 12, 10, 0))
    assert evaluate_voc(truth, found((0.9, 1, 1, 10, 10), (0.8, 1, 1, 10, 10)))["dog"] == 0.5


def test_nothing_found_and_nothing_there() -> None:
    assert dict(evaluate_voc(objects((1, 1, 9, 9, 0)), [])) == {"mAP": 0.0, "dog": 0.0}
    metrics = evaluate_voc({"a": {"objects": []}}, [])
    assert dict(metrics) == {"mAP": 0.0}
    assert len(metrics) == 1


def test_classes_without_objects_are_left_out_of_the_mean() -> None:
    truth = {
        "a": {
            "objects": [
                *objects((1, 1, 9, 9, 0))["a"]["objects"],
                *objects((1, 1, 9, 9, 1), name="cat")["a"]["objects"],
            ]
        }
    }
    assert dict(evaluate_voc(truth, found((1, 1, 1, 9, 9)))) == {"mAP": 1.0, "dog": 1.0}


def test_an_unknown_rule_is_refused() -> None:
    with pytest.raises(SliceError, match="rule '07' is unknown; there are area, 11point"):
        evaluate_voc(objects(), [], rule="07")


def test_iou_can_be_chosen() -> None:
    truth, boxes = objects((1, 1, 10, 10, 0)), found((1, 1, 1, 10, 8))
    assert evaluate_voc(truth, boxes, iou=0.8)["dog"] == 1
    assert evaluate_voc(truth, boxes, iou=math.nextafter(0.8, 1))["dog"] == 0
