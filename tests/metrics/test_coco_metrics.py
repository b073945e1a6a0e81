"""COCO's numbers: against a plain loop, by hand, on stored real detections, and by both engines."""

import copy
import json
import sys
from pathlib import Path

import numpy as np
import pytest
from boxes_by_hand import IOUS, coco_ap, mean_known, scene

from yolo_slice.errors import SliceError
from yolo_slice.metrics import SIZES_PX, evaluate_coco
from yolo_slice.metrics.coco import COCO_RANGES, NAMES, size_ranges

ENGINES = ["pycocotools", "faster-coco-eval"]


def need(engine: str) -> None:
    if engine == "faster-coco-eval":
        pytest.importorskip("faster_coco_eval", reason="faster-coco-eval is not installed")


def one(**changes):
    """One image, one dog of 20 x 20 px."""
    annotation = {"id": 1, "image_id": 7, "category_id": 3, "bbox": [10, 10, 20, 20], "area": 400, "iscrowd": 0}
    truth = {"images": [{"id": 7}], "categories": [{"id": 3, "name": "dog"}], "annotations": [annotation]}
    return {**truth, **changes}


def hit(width: float = 20.0, **changes):
    return {"image_id": 7, "category_id": 3, "bbox": [10, 10, width, 20], "score": 0.9, **changes}


@pytest.mark.long
@pytest.mark.parametrize("engine", ENGINES)
def test_stored_detections_give_the_stored_numbers(real_data: Path, engine: str) -> None:
    need(engine)
    folder = real_data / "coco128"
    expected = json.loads((folder / "expected_coco_metrics.json").read_text())
    metrics = evaluate_coco(
        folder / "annotations/instances_coco128.json", folder / "detections_yolov8n_dq.json", engine=engine
    )
    assert metrics.area == "segmentation area"
    wanted = [value for value in expected.values() if isinstance(value, float)]
    assert len(wanted) == 12
    assert [round(value, 6) for value in metrics.values()] == wanted


@pytest.mark.parametrize("seed", range(12))
def test_equals_a_plain_loop(seed: int) -> None:
    truth, found = scene(seed)
    metrics = evaluate_coco(truth, found, sizes=(0, 8, 30, 100))
    ids = [category["id"] for category in truth["categories"]]
    for name, ious, (low, high) in [
        ("AP", IOUS, COCO_RANGES[0]),
        ("AP50", IOUS[:1], COCO_RANGES[0]),
        ("AP75", IOUS[5:6], COCO_RANGES[0]),
        ("AP_S", IOUS, COCO_RANGES[1]),
        ("AP_M", IOUS, COCO_RANGES[2]),
        ("AP_L", IOUS, COCO_RANGES[3]),
    ]:
        by_class = [[coco_ap(truth, found, k, iou, low, high) for iou in ious] for k in ids]
        assert metrics[name] == pytest.approx(mean_known([v for row in by_class for v in row]), abs=1e-9), name
        assert [row[name] for row in metrics.per_class.values()] == pytest.approx([mean_known(r) for r in by_class])
    edges = [0, 8, 30, 100, float("inf")]
    for bin_, low, high in zip(metrics.sizes, edges[:-1], edges[1:], strict=True):
        inside = [g for g in truth["annotations"] if not g["iscrowd"] and low <= g["area"] ** 0.5 < high]
        assert bin_.objects == len(inside)
        expected = [coco_ap(truth, found, k, iou, low**2, high**2) for k in ids for iou in IOUS]
        assert bin_.ap == pytest.approx(mean_known(expected), abs=1e-9), bin_.title


@pytest.mark.parametrize("seed", range(100, 112))
def test_engines_agree_to_the_digit(seed: int) -> None:
    need("faster-coco-eval")
    truth, found = scene(seed, images=6, classes=3)
    a, b = (evaluate_coco(truth, found, engine=engine, sizes=SIZES_PX) for engine in ENGINES)
    assert dict(a) == pytest.approx(dict(b), abs=1e-12)
    for name, row in a.per_class.items():
        assert row == pytest.approx(b.per_class[name], abs=1e-12)
    assert [bin_.ap for bin_ in a.sizes] == pytest.approx([bin_.ap for bin_ in b.sizes], abs=1e-12)


def test_equals_pycocotools_called_directly(capsys: pytest.CaptureFixture[str]) -> None:
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    truth, found = scene(4, images=8, classes=3)
    ours = evaluate_coco(truth, found)
    assert capsys.readouterr().out == ""
    direct, later = copy.deepcopy(truth), copy.deepcopy(found)
    for annotation in direct["annotations"]:
        annotation["id"] += 1  # pycocotools takes the id 0 for "not matched"; evaluate_coco does not
    coco = COCO()
    coco.dataset = direct
    coco.createIndex()
    evaluation = COCOeval(coco, coco.loadRes(later), "bbox")
    evaluation.evaluate()
    evaluation.accumulate()
    evaluation.summarize()
    assert list(ours.values()) == pytest.approx(evaluation.stats.tolist(), abs=1e-12)


@pytest.mark.parametrize("engine", ENGINES)
def test_no_detections_are_zeros_and_missing_sizes_are_minus_one(engine: str) -> None:
    need(engine)
    metrics = evaluate_coco(one(), [], engine=engine)
    expected = {name: -1.0 if name[-2:] in ("_M", "_L") else 0.0 for name in NAMES}
    assert dict(metrics) == expected
    assert (metrics.images, metrics.detections, metrics.objects) == (1, 0, {"dog": 1})


@pytest.mark.parametrize("engine", ENGINES)
def test_no_objects_are_minus_one(engine: str) -> None:
    need(engine)
    assert set(evaluate_coco(one(annotations=[]), [hit()], engine=engine).values()) == {-1.0}


def test_repr_is_one_line_of_numbers() -> None:
    text = repr(evaluate_coco(one(), [hit()]))
    assert text.startswith("CocoMetrics(AP=1.0000, AP50=1.0000,")
    assert text.endswith("AR_L=-1.0000, area='box area')")


def test_a_crowd_counts_neither_way() -> None:
    crowd = {"id": 2, "image_id": 7, "category_id": 3, "bbox": [100, 100, 80, 80], "area": 6400, "iscrowd": 1}
    truth = one(annotations=[*one()["annotations"], crowd])
    inside = [hit(bbox=[110, 110, 10, 10], score=0.95), hit(bbox=[140, 140, 10, 10], score=0.97)]
    assert evaluate_coco(truth, [*inside, hit()])["AP"] == pytest.approx(1)
    assert evaluate_coco(one(), [*inside, hit()])["AP"] == pytest.approx(1 / 3)


def test_the_area_of_the_file_decides_the_size() -> None:
    annotation = {**one()["annotations"][0], "area": 33.0**2}
    metrics = evaluate_coco(one(annotations=[annotation]), [hit()])
    assert (metrics["AP_S"], metrics["AP_M"], metrics.area) == (-1.0, pytest.approx(1), "segmentation area")
    del annotation["area"]
    metrics = evaluate_coco(one(annotations=[annotation]), [hit()])
    assert (metrics["AP_S"], metrics["AP_M"], metrics.area) == (pytest.approx(1), -1.0, "box area")


def test_only_a_hundred_detections_count() -> None:
    wrong = [hit(bbox=[100, 100, 5, 5], score=0.95) for _ in range(100)]
    assert evaluate_coco(one(), [*wrong[1:], hit()])["AP"] == pytest.approx(0.01)
    assert evaluate_coco(one(), [*wrong, hit()])["AP"] == 0
    assert evaluate_coco(one(), [*wrong, hit()])["AR_100"] == 0
    assert evaluate_coco(one(), [*wrong[:9], hit()])["AR_10"] == pytest.approx(1)


def test_paths_and_contents_are_the_same(tmp_path: Path) -> None:
    truth, found = scene(1)
    (tmp_path / "truth.json").write_text(json.dumps(truth))
    (tmp_path / "found.json").write_text(json.dumps(found))
    kept = copy.deepcopy((truth, found))
    assert dict(evaluate_coco(truth, found)) == dict(
        evaluate_coco(tmp_path / "truth.json", str(tmp_path / "found.json"))
    )
    assert kept == (truth, found)


def test_the_order_of_images_and_equal_scores_is_pycocotools_own() -> None:
    """Images by id: of two equal scores, the one in the image with the smaller id comes first."""
    truth = one(images=[{"id": 9}, {"id": 7}])
    wrong = hit(image_id=9)
    assert evaluate_coco(truth, [wrong, hit()])["AP"] == pytest.approx(1)
    assert evaluate_coco(truth, [hit(score=0.8), wrong])["AP"] == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("truth", "found", "message"),
    [
        (one(images=[{"id": 7}, {"id": 7}]), [], "truth, image no. 2: image: id 7 is that of another image, too"),
        (
            one(annotations=one()["annotations"] * 2),
            [],
            "truth, annotation no. 2: id 1 is that of another annotation, too",
        ),
        (one(categories=[{"id": 3}]), [], "truth: category no. 1: the name is None, not a text of one line"),
        (one(images=[{"id": 8}]), [], "truth, annotation no. 1: image_id 7 is not among the images"),
        (one(categories=[]), [], "truth, annotation id 1: category_id 3 is not among the categories"),
        (one(categories=[], annotations=[]), [], "no classes"),
        (one(), [hit(image_id=8)], "detections, detection 0: image_id 8 is not in truth; it has"),
        (one(), [hit(), hit(category_id=4)], "detection 1: category_id 4 is not in truth; it has"),
        (one(), [hit(bbox=[1, 2, 3])], r"bbox is \[1, 2, 3\], not x, y, width, height"),
        (one(), [hit(bbox=[1, 2, -3, 4])], "has a negative side"),
        (one(), [hit(score=float("nan"))], "score is nan, not a finite number"),
        (one(), [hit(score=True)], "score is True, not a finite number"),
        (one(), [5], "detection 0 is 5, not an object with 'image_id'"),
        (one(), [{"image_id": 7}], r"detection 0 has no 'category_id'; it has \['image_id'\]"),
        (one(), 5, "detections are 5, not a list"),
        ({"annotations": []}, [], "truth: not a COCO JSON: no list images and no list categories"),
        ("nowhere.json", [], r"nowhere\.json does not exist"),
        (one(annotations=[{**one()["annotations"][0], "area": -1}]), [], "area is -1, which is negative"),
    ],
)
def test_mistakes_are_explained(truth, found, message: str) -> None:
    with pytest.raises(SliceError, match=message):
        evaluate_coco(truth, found)


def test_categories_of_one_name_are_one_class() -> None:
    truth = one(categories=[{"id": 1, "name": "dog"}, {"id": 3, "name": "dog"}])
    for category in (1, 3):
        metrics = evaluate_coco(truth, [hit(category_id=category)])
        assert (metrics["AP"], metrics.objects) == (pytest.approx(1), {"dog": 1})


@pytest.mark.parametrize("sizes", [(8, 0), (-1, 5), (0, 0), (float("nan"),), (0, float("inf"))])
def test_size_edges_must_rise(sizes) -> None:
    with pytest.raises(SliceError, match="sizes must rise"):
        evaluate_coco(one(), [], sizes=sizes)


def test_an_object_on_an_edge_is_in_one_bin() -> None:
    counts = [bin_.objects for bin_ in evaluate_coco(one(), [], sizes=(0, 20, 40)).sizes]
    assert counts == [0, 1, 0]
    (low, high), _ = size_ranges([0, 20])
    assert low == 0
    assert np.nextafter(high, 1e9) == 400


def test_unknown_and_missing_engines_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SliceError, match="engine 'cocoapi' is unknown; there are pycocotools, faster-coco-eval"):
        evaluate_coco(one(), [], engine="cocoapi")
    monkeypatch.setitem(sys.modules, "faster_coco_eval", None)
    with pytest.raises(SliceError, match=r"engine faster-coco-eval is not installed .*pip install faster-coco-eval"):
        evaluate_coco(one(), [], engine="faster-coco-eval")
