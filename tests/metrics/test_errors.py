"""The kinds of errors and what they cost: by hand, and as tidecv, by the authors of TIDE, has them where installed."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tide
from boxes_by_hand import scene

from yolo_slice.metrics import read_detections, read_truth
from yolo_slice.metrics.detections import DetectionRow, build_detections
from yolo_slice.metrics.errors.gains import analyse_errors
from yolo_slice.metrics.errors.kinds import KINDS, RIGHT
from yolo_slice.metrics.errors.table import CSV_HEAD, error_cells, error_record, error_tables
from yolo_slice.metrics.truth import TruthRow, build_truth

DOG, CAT = 0, 1
NAMES = {RIGHT: "right", **dict(enumerate(KINDS))}
OBJECTS = [
    TruthRow(0, DOG, (0, 0, 10, 10)),
    TruthRow(0, CAT, (100, 0, 40, 40)),
    TruthRow(0, DOG, (0, 100, 10, 10)),
    TruthRow(0, DOG, (200, 200, 100, 100)),
    TruthRow(0, DOG, (300, 0, 10, 10)),
    TruthRow(0, CAT, (500, 0, 10, 10)),
]
FOUND = [
    DetectionRow(0, DOG, (0, 0, 10, 10), 0.9),
    DetectionRow(0, DOG, (100, 0, 40, 40), 0.8),  # a cat
    DetectionRow(0, DOG, (0, 105, 10, 10), 0.7),  # IoU 1/3
    DetectionRow(0, DOG, (0, 0, 10, 10), 0.6),  # once more
    DetectionRow(0, DOG, (400, 400, 100, 100), 0.5),  # nothing there
    DetectionRow(0, CAT, (0, 105, 10, 10), 0.4),  # IoU 1/3 with a dog
    DetectionRow(0, DOG, (300, 0, 10, 10), 0.3),
    DetectionRow(0, CAT, (500, 0, 10, 10), 0.2),
]
# Sums of precision over the 101 levels of recall, dogs and cats. Dogs: right wrong wrong wrong wrong right, of 4;
# cats: wrong right, of 2. A quarter of the dogs reaches 26 levels, a half 51; half of the cats reaches 51.
BASE = (26 + 25 / 3, 51 / 2)
MENDED = {
    "classification": (26 + 25 * 2 / 5, 51 + 50 * 2 / 3),
    "localisation": (26 + 25 * 2 / 3 + 25 / 2, BASE[1]),
    "both": (BASE[0], 51),
    "duplicate": (26 + 25 * 2 / 5, BASE[1]),
    "background": (26 + 25 * 2 / 5, BASE[1]),
    "missed": (34 + 33 / 3, BASE[1]),  # right at 1 and 6, of 3
    "false positives": (51, 51),
    "false negatives": (51 + 50 / 3, 101 / 2),  # of 2 dogs and 1 cat
}
SIZE_OF = dict(zip(KINDS, ("medium", "small", "small", "small", "large", "large"), strict=True))


def build(objects, found, images=1):
    return build_truth([str(n) for n in range(images)], ["dog", "cat"], objects), build_detections(found)


def test_one_error_of_each_kind() -> None:
    one = analyse_errors(*build(OBJECTS, FOUND))
    assert [NAMES[k] for k in one.judged.kind] == [
        "right", "classification", "localisation", "duplicate", "background", "both", "right", "right",
    ]  # fmt: skip
    assert one.judged.object.tolist() == [0, 1, 2, 0, -1, 2, 4, 5]
    assert one.judged.iou.round(3).tolist() == [1, 1, 0.333, 1, 0, 0.333, 1, 1]
    assert (one.total.objects, one.total.found, dict(one.total.counts)) == (6, 3, dict.fromkeys(KINDS, 1))
    assert one.total.ap50 == pytest.approx(sum(BASE) / 202)
    for name, sums in MENDED.items():
        assert one.total.gains[name] == pytest.approx((sum(sums) - sum(BASE)) / 202), name
        for label, of_class in enumerate(one.by_class.values()):
            assert of_class.gains[name] == pytest.approx((sums[label] - BASE[label]) / 101), (name, label)
    for name, size in SIZE_OF.items():
        expected = {s: (one.total.gains[name], 1) if s == size else (0, 0) for s in one.by_size}
        assert {s: (loss.gains[name], loss.counts[name]) for s, loss in one.by_size.items()} == expected
    assert [loss.objects for loss in one.by_size.values()] == [4, 1, 1]
    assert [loss.found for loss in one.by_size.values()] == [3, 0, 0]
    assert [dict(loss.counts)["both"] for loss in one.by_class.values()] == [0, 1]


@pytest.mark.parametrize(
    ("label", "box", "kind"),
    [
        (DOG, (0, 0, 10, 5), "right"),  # IoU exactly 1/2
        (DOG, (0, 0, 10, 4), "localisation"),
        (DOG, (0, 0, 1, 10), "localisation"),  # exactly 1/10
        (DOG, (0, 0, 1, 9), "background"),
        (CAT, (0, 0, 10, 5), "classification"),
        (CAT, (0, 0, 10, 4), "both"),
        (CAT, (0, 0, 1, 10), "background"),
        (CAT, (0, 0, 2, 10), "both"),
    ],
)
def test_thresholds(label: int, box: tuple[float, ...], kind: str) -> None:
    one = analyse_errors(*build(OBJECTS[:1], [DetectionRow(0, label, box, 0.5)]))
    assert [NAMES[k] for k in one.judged.kind] == [kind]
    assert one.total.counts["missed"] == (kind in ("background", "both"))


def test_the_most_confident_of_several_is_mended_and_the_others_go() -> None:
    near = [DetectionRow(0, DOG, (0, 0, 10, 4), 0.4), DetectionRow(0, CAT, (0, 0, 10, 10), 0.6)]
    one = analyse_errors(*build(OBJECTS[:1], near))
    assert one.judged.is_mending.tolist() == [True, False]  # by falling confidence: the cat
    assert (one.total.ap50, one.total.gains["classification"], one.total.gains["localisation"]) == (0, 1, 0)


def test_what_is_near_an_object_that_is_found_is_not_mended() -> None:
    half, less = (DetectionRow(0, DOG, (0, 0, 10, height), 0.5 + height / 100) for height in (5, 4))
    one = analyse_errors(*build(OBJECTS[:1], [half, half, less]))
    assert [NAMES[k] for k in one.judged.kind] == [
        "right",
        "localisation",
        "localisation",
    ]  # 1/2 itself is no duplicate
    assert not one.judged.is_mending.any()


def test_what_lies_in_a_crowd_counts_neither_way_but_can_be_mended() -> None:
    crowd = TruthRow(0, DOG, (0, 0, 100, 100), is_crowd=True)
    objects = [crowd, TruthRow(0, DOG, (0, 0, 10, 10), is_difficult=True), TruthRow(0, DOG, (80, 80, 10, 10))]
    found = [
        DetectionRow(0, DOG, box, 0.9 - box[0] / 1000) for box in ((0, 0, 10, 10), (80, 80, 10, 4), (95, 50, 20, 9))
    ]
    one = analyse_errors(*build(objects, found))
    assert one.judged.is_set_aside.tolist() == [True, True, False]  # a quarter of the last is in the crowd
    assert dict(one.total.counts) == {**dict.fromkeys(KINDS, 0), "background": 1}
    assert (one.total.objects, one.total.ap50, one.total.gains["localisation"]) == (1, 0, 1)


def test_a_hundred_detections_of_an_image_count() -> None:
    wrong = [DetectionRow(0, CAT, (400, 400, 9, 9), 0.9)] * 99
    right = [DetectionRow(0, DOG, (0, 0, 10, 10), score) for score in (0.5, 0.1)]
    assert analyse_errors(*build(OBJECTS[:1], [*wrong, *right])).total.counts["duplicate"] == 0
    assert analyse_errors(*build(OBJECTS[:1], [*wrong[1:], *right])).total.counts["duplicate"] == 1


def test_a_class_without_objects_or_no_class_at_all_has_no_ap() -> None:
    one = analyse_errors(*build(OBJECTS[:1], [DetectionRow(0, DOG, (0, 0, 10, 10), 0.9), FOUND[-1]]))
    assert one.total.ap50 == 1
    assert error_record(one)["per_class"]["cat"]["AP50"] == -1
    empty = analyse_errors(*build([], []))
    record = error_record(empty)
    assert (record["AP50"], record["background"]) == (-1, {"errors": 0, "gain": -1})
    assert json.loads(json.dumps(record, allow_nan=False)) == record
    assert [len(row) for row in error_cells(empty)] == [len(CSV_HEAD)] * 3


def test_tables() -> None:
    one = analyse_errors(*build(OBJECTS, FOUND))
    lines = error_tables({"a": one}).splitlines()
    assert lines[1].split() == ["a", "0.296", "0.300", "0.103", "0.126", "0.008", "0.008", "0.053", "0.209", "0.289"]
    assert lines[2].split() == ["small", "0.000", "0.103", "0.126", "0.008", "0.000", "0.000"]
    assert lines[7].split() == ["a", "6", "3", *"111111"]
    assert lines[10].split() == ["large", "1", "0", *"000011"]
    assert lines[13].split()[:2] == ["dog", "0.340"]
    assert "own AP50" not in error_tables({"a": one, "b": one})


def unique(found):
    """Give each detection a confidence of its own: tidecv has an order of its own for equal ones."""
    return replace(found, score=found.score + np.random.default_rng(0).permutation(len(found.score)) * 1e-9)


def compare(truth, found) -> None:
    pytest.importorskip("tidecv", reason="tidecv, of TIDE's authors, is not installed")
    truth = replace(truth, area=truth.xywh[:, 2] * truth.xywh[:, 3])  # tidecv knows the areas of boxes only
    found = unique(found)
    one, theirs = analyse_errors(truth, found), tide.run(truth, found)
    before = tide.class_ap(theirs.ap_data)
    for k, name in enumerate(truth.classes):
        assert one.by_class[name].ap50 == pytest.approx(
            before[k] if one.by_class[name].objects else np.nan, nan_ok=True
        )
    counted = [k for k, losses in enumerate(one.by_class.values()) if losses.objects]
    base = np.mean([before[k] for k in counted])
    assert one.total.ap50 == pytest.approx(base)
    beside = one.judged.is_set_aside
    for kind, name in enumerate(tide.NAMES):
        set_aside = int((beside & (one.judged.kind == kind)).sum())
        assert one.total.counts[name] + set_aside == len(theirs.error_dict[tide.error(name)]), name
        after = tide.mended(theirs, name)
        gain = np.mean([after[k] for k in counted if k in after]) - base
        assert one.total.gains[name] == pytest.approx(max(gain, 0), abs=1e-9), name
        if name in ("both", "duplicate"):  # sized by the detection there, by the object here
            continue
        for size, area in (("small", (-1, 32**2)), ("medium", (32**2, 96**2)), ("large", (96**2, 1e10))):
            after = tide.mended(theirs, name, area)
            gain = np.mean([after[k] for k in counted if k in after]) - base
            assert one.by_size[size].gains[name] == pytest.approx(max(gain, 0), abs=1e-9), (name, size)
    if len(counted) == len(before):
        assert one.total.gains == pytest.approx(tide.all_gains(theirs), abs=1e-9)


@pytest.mark.parametrize("seed", range(8))
def test_as_tidecv_on_random_scenes(seed: int) -> None:
    content, rows = scene(seed, images=12, classes=2 + seed % 2)
    rng = np.random.default_rng(seed)
    for row in rows:  # some of another class
        row["category_id"] = row["category_id"] if rng.random() < 0.7 else 2
    truth = read_truth(content)
    compare(truth, read_detections(rows, truth))


def test_as_tidecv_by_hand() -> None:
    compare(*build(OBJECTS, FOUND))


@pytest.mark.slow
def test_as_tidecv_on_coco128(real_data: Path) -> None:
    """All 80 classes are detected, 71 have objects; then once more without the others, as tidecv itself reports it."""
    truth = read_truth(real_data / "coco128/annotations/instances_coco128.json")
    found = read_detections(real_data / "coco128/detections_yolov8n_dq.json", truth)
    compare(truth, found)
    kept = np.isin(found.label, truth.label)
    columns = (found.image[kept], found.label[kept], found.xywh[kept], found.score[kept])
    compare(truth, type(found)(*columns))
