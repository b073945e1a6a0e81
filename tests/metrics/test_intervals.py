"""Intervals of AP: the matching is COCO's, draws by hand, and how often an interval holds what it should."""

import json
from pathlib import Path

import numpy as np
import pytest
from boxes_by_hand import scene

from yolo_slice import cli
from yolo_slice.errors import SliceError
from yolo_slice.metrics import evaluate_coco, read_detections, read_truth
from yolo_slice.metrics.intervals.match_records import MatchRecord, match_records
from yolo_slice.metrics.intervals.resampling import Resamples, draw_images, mean_of, resample, resample_class
from yolo_slice.metrics.precision_curve import TIDE_RECALLS, average_precision


@pytest.mark.parametrize("seed", range(4))
def test_every_image_once_is_coco_itself(seed: int) -> None:
    content, rows = scene(seed, images=8)
    truth = read_truth(content)
    found = read_detections(rows, truth)
    coco = evaluate_coco(truth, found)
    every, small = zip(*match_records(truth, found), strict=True)
    once = np.ones((1, 8))
    aps, small_aps = ([resample_class(record, once) for record in records] for records in (every, small))
    assert mean_of(aps)[0] == pytest.approx(coco["AP"], abs=1e-12)
    assert mean_of([ap[:, :1] for ap in aps])[0] == pytest.approx(coco["AP50"], abs=1e-12)
    assert mean_of(small_aps)[0] == pytest.approx(coco["AP_S"], abs=1e-12)


@pytest.mark.parametrize("twice", range(3))
def test_a_draw_is_coco_of_the_images_drawn(twice: int) -> None:
    content, rows = scene(5, images=3, crowds=False)
    rows = [{**row, "score": row["score"] + n * 1e-6} for n, row in enumerate(rows)]  # no order among equal ones
    truth = read_truth(content)
    records = [of_all for of_all, _ in match_records(truth, read_detections(rows, truth))]
    draw = np.ones((1, 3))
    draw[0, twice], draw[0, twice - 1] = 2, 0
    ids = [image["id"] for image in content["images"]]
    names = {ids[n]: [f"{ids[n]}{copy}" for copy in range(int(draw[0, n]))] for n in range(3)}
    drawn = {
        **content,
        "images": [{"id": int(new)} for news in names.values() for new in news],
        "annotations": [
            {**row, "id": f"{row['id']}{new}", "image_id": int(new)}
            for row in content["annotations"]
            for new in names[row["image_id"]]
        ],
    }
    for number, row in enumerate(drawn["annotations"]):
        row["id"] = number + 1
    again = [{**row, "image_id": int(new)} for row in rows for new in names[row["image_id"]]]
    ap = mean_of([resample_class(record, draw) for record in records])[0]
    assert ap == pytest.approx(evaluate_coco(drawn, again)["AP"], abs=1e-12)


def test_precision_curve_by_hand() -> None:
    right, draws = np.array([True, False, True]), np.array([[1.0, 1, 1], [0, 1, 2], [1, 0, 0], [0, 0, 0]])
    found = average_precision(right, draws, np.array([2.0, 4, 1, 0]), TIDE_RECALLS)
    # 51 levels at 1, 50 at 2/3; 51 at 2/3, the others not reached; all at 1; nothing to find
    assert found == pytest.approx([(51 + 100 / 3) / 101, 34 / 101, 1, np.nan], nan_ok=True)
    assert average_precision(right[1:2], draws[:1, 1:2], np.array([2.0]), TIDE_RECALLS).tolist() == [0]
    assert average_precision(right[:0], draws[:1, :0], np.array([2.0]), TIDE_RECALLS).tolist() == [0]


def test_draws_are_of_as_many_images_seeded_and_the_same_for_all() -> None:
    draws = draw_images(7, 50)
    assert draws.shape == (50, 7)
    assert set(draws.sum(axis=1)) == {7.0}
    assert (draws == draw_images(7, 50)).all()
    assert not (draws == draw_images(7, 50, seed=1)).all()
    content, rows = scene(1, images=6)
    truth = read_truth(content)
    one, again = (resample(truth, read_detections(rows, truth), 100) for _ in range(2))
    assert one.interval("AP") == again.interval("AP")
    assert one.difference(again, "AP") == (0, 0)
    other = Resamples(7, one.values)
    with pytest.raises(SliceError, match="on 6 and on 7 images"):
        one.difference(other, "AP")


def test_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    content, rows = scene(2, images=6)
    for name, data in (("truth", content), ("a", rows), ("b", rows[::2])):
        (tmp_path / f"{name}.json").write_text(json.dumps(data))
    files = [f"truth={tmp_path / 'truth.json'}", f"detections={tmp_path / 'a.json'},{tmp_path / 'b.json'}"]
    common = [*files, f"project={tmp_path / 'runs'}", "sizes="]
    assert cli.main(["eval", *common, "interval=200"]) == 0
    lines = capsys.readouterr().out.splitlines()
    record = json.loads((tmp_path / "runs/eval/eval.json").read_text())
    low, high = record["a"]["interval"]["AP"]
    assert low < record["a"]["coco"]["AP"] < high
    row = next(line for line in lines[4:] if line.startswith("a "))
    assert f"{record['a']['coco']['AP']:.3f} [{low:.3f}, {high:.3f}]" in row
    minus = record["b"]["interval"]["minus"]
    assert minus["model"] == "a"
    assert minus["AP"][0] == pytest.approx(record["b"]["coco"]["AP"] - record["a"]["coco"]["AP"])
    assert "{:+.3f} [{:+.3f}, {:+.3f}]".format(*minus["AP"]) in next(line for line in lines if "minus a" in line)
    head, every, *_ = (tmp_path / "runs/eval/eval.csv").read_text().splitlines()
    assert dict(zip(head.split(","), every.split(","), strict=True))["AP_low"] == str(low)
    assert cli.main(["eval", *common, "interval=20"]) != 0
    assert "interval=20: expected 0 for none, or at least 100 draws" in capsys.readouterr().err


IMAGES, DRAWS, TRIALS = 100, 300, 200


def world(rng: np.random.Generator, images: int) -> list[list[MatchRecord]]:
    """Judged detections of two models: some images are hard for both, and objects come in groups."""
    skill = rng.normal(0, 1, images)
    models: list[list[MatchRecord]] = [[], []]
    for rate in (0.5, 0.3, 0.2):  # shares of the images that have a class
        objects = np.where(rng.random(images) < rate, 1 + rng.poisson(1.5, images), 0)
        image = np.repeat(np.arange(images), objects)
        ease = skill[image] + rng.normal(0, 1, len(image))
        for records, strength in zip(models, (0.0, 0.3), strict=True):
            quality = ease + strength + rng.normal(0, 0.5, len(image))
            is_found = quality > -0.7
            alarms = np.repeat(np.arange(images), rng.poisson(np.where(objects > 0, 2.0, 0.2)))
            score = np.concatenate(
                [quality[is_found] + rng.normal(0, 0.7, is_found.sum()), rng.normal(-0.6, 1, len(alarms))]
            )
            order = np.argsort(-score)
            right = np.concatenate([quality[is_found], np.full(len(alarms), -9.0)])[order] > np.array([[0.0], [0.7]])
            where = np.concatenate([image[is_found], alarms])[order]
            records.append(MatchRecord(where, right, np.ones_like(right), objects))
    return models


def aps(records: list[MatchRecord], draws: np.ndarray) -> np.ndarray:
    return mean_of([resample_class(record, draws) for record in records])


def coverage() -> dict[str, float]:
    """Say how often the interval of 100 images holds AP of 100 000, of a model and of the difference of two."""
    wholes = [world(np.random.default_rng(seed), 10_000) for seed in range(10)]
    truths = [np.mean([aps(whole[n], np.ones((1, 10_000)))[0] for whole in wholes]) for n in range(2)]
    held = {"AP": 0, "difference": 0}
    for seed in range(TRIALS):
        draws = draw_images(IMAGES, DRAWS, seed)
        first, second = (
            Resamples(IMAGES, {"AP": aps(records, draws)})
            for records in world(np.random.default_rng(1000 + seed), IMAGES)
        )
        low, high = first.interval("AP")
        held["AP"] += low <= truths[0] <= high
        low, high = second.difference(first, "AP")
        held["difference"] += low <= truths[1] - truths[0] <= high
    return {name: count / TRIALS for name, count in held.items()}


@pytest.mark.slow
def test_an_interval_of_95_percent_holds_ap_of_all_images_about_as_often() -> None:
    held = coverage()
    print(held)
    assert 0.90 <= held["AP"] <= 0.98  # 200 trials: a standard error of 0.015
    assert 0.90 <= held["difference"] <= 0.98
