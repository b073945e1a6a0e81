"""Runs grouped, averaged, compared with a baseline; unequal recipes named."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from run_maker import add_checkpoint, make_run

from yolo_slice.compare.comparison import Comparison, compare
from yolo_slice.compare.recipe import IDLE, recipe
from yolo_slice.compare.runs import read_run
from yolo_slice.errors import SliceError


def run_of(folder: Path, fitness: list[float] | None = None, ap_small: float | None = None, **settings: Any) -> Path:
    make_run(folder, fitness or [0.1, 0.3, 0.2], **settings)
    add_checkpoint(folder, Path(str(settings.get("model", "yolov8n.yaml"))).name)
    if ap_small is not None:
        (folder / "coco_metrics.json").write_text(json.dumps({"AP_S": ap_small, "area": "box area"}), encoding="utf-8")
    return folder


def compared(*folders: Path, **options: Any) -> Comparison:
    return compare([read_run(folder) for folder in folders], **options)


def labels(comparison: Comparison) -> dict[str, list[str]]:
    return {model.label: [run.folder.name for run in model.runs] for model in comparison.models}


@pytest.fixture
def four(tmp_path: Path) -> list[Path]:
    """Two models, two seeds each, without checkpoints' metrics: best is the highest mAP50-95."""
    return [
        run_of(tmp_path / "b0", [0.10, 0.30, 0.20], 0.05, model="yolov8n-slice.yaml", seed=0),
        run_of(tmp_path / "a0", [0.10, 0.40, 0.35], 0.10, seed=0),
        run_of(tmp_path / "b1", [0.15, 0.34, 0.26], 0.09, model="yolov8n-slice.yaml", seed=1),
        run_of(tmp_path / "a1", [0.20, 0.36, 0.45], 0.14, seed=1),
    ]


def test_mean_spread_and_difference_are_those_of_numpy(four: list[Path]) -> None:
    comparison = compared(*four, baseline="yolov8n")
    assert labels(comparison) == {"yolov8n-slice": ["b0", "b1"], "yolov8n": ["a0", "a1"]}
    rows = {(row.model.label, row.at): row for row in comparison.rows}
    ours, theirs = np.array([0.30, 0.34]), np.array([0.40, 0.45])
    value = rows["yolov8n-slice", "best"].values["mAP50-95"]
    assert (value.mean, value.deviation) == pytest.approx((ours.mean(), ours.std(ddof=1)))
    gain = rows["yolov8n-slice", "best"].gains["mAP50-95"]
    reach = 12.706204736 * np.std(ours - theirs, ddof=1) / np.sqrt(2)  # Student's limit for one degree of freedom
    assert (gain.seeds, gain.wins) == (("0", "1"), 0)
    assert (gain.mean, gain.low, gain.high) == pytest.approx((-0.105, -0.105 - reach, -0.105 + reach))
    assert {row.verdict for row in comparison.rows} == {"", "no verdict (n < 3)"}
    assert rows["yolov8n-slice", "best"].gains["AP_S"].mean == pytest.approx(0.07 - 0.12)
    assert rows["yolov8n", "last"].values["mAP50"].mean == pytest.approx(0.40 + 0.2)
    assert rows["yolov8n", "best"].epochs == (2, 3)
    assert "AP_S" not in rows["yolov8n", "last"].values
    assert rows["yolov8n", "best"].gains is None
    assert comparison.warnings == ()


def test_one_run_has_no_spread_and_its_difference_no_interval(four: list[Path]) -> None:
    comparison = compared(*four[:3], baseline="yolov8n")
    rows = {(row.model.label, row.at): row for row in comparison.rows}
    assert rows["yolov8n", "best"].values["P"].deviation is None
    gain = rows["yolov8n-slice", "best"].gains["P"]
    assert (gain.seeds, gain.mean, gain.low, gain.p) == (("0",), pytest.approx(-0.1), None, None)
    assert rows["yolov8n-slice", "best"].values["P"].deviation is not None


def several(folder: Path, values: list[float], seeds: list[int], **settings: Any) -> list[Path]:
    runs = zip(values, seeds, strict=True)
    return [run_of(folder / f"{n}", [value] * 3, seed=seed, **settings) for n, (value, seed) in enumerate(runs)]


def test_verdicts_are_on_the_last_epoch_over_the_seeds_that_both_have(tmp_path: Path) -> None:
    stock = several(tmp_path / "a", [0.40, 0.42, 0.38, 0.41], [0, 1, 2, 3])
    worse = several(tmp_path / "b", [0.30, 0.33, 0.27, 0.99], [0, 1, 2, 7], model="yolov8n-slice.yaml")
    same = several(tmp_path / "c", [0.41, 0.41, 0.38, 0.42], [0, 1, 2, 3], model="yolov8n-spd.yaml")
    rows = compared(*stock, *worse, *same, baseline="yolov8n").rows
    found = {(row.model.label, row.at): (row.verdict, row.gains and row.gains["mAP50-95"].seeds) for row in rows}
    assert found["yolov8n-slice", "last"] == ("worse", ("0", "1", "2"))
    assert found["yolov8n-spd", "last"] == ("not told apart", ("0", "1", "2", "3"))
    assert found["yolov8n-slice", "best"] == ("", ("0", "1", "2"))
    assert found["yolov8n", "last"] == ("", None)
    # -.10 -.09 -.11: t = .1 sqrt 3 / .01, 2 degrees of freedom, p = 1 - t / sqrt(2 + t^2), twice for two models
    (p,) = [row.p for row in rows if row.verdict == "worse"]
    assert p == pytest.approx(2 * (1 - np.sqrt(300 / 302)))


def test_without_a_seed_in_both_a_difference_has_no_interval(tmp_path: Path) -> None:
    stock = several(tmp_path / "a", [0.40, 0.42], [0, 1])
    ours = several(tmp_path / "b", [0.30, 0.33, 0.36], [5, 6, 7], model="yolov8n-slice.yaml")
    row = compared(*stock, *ours, baseline="yolov8n").rows[-1]
    gain = (row.gains or {})["mAP50-95"]
    assert (gain.seeds, gain.mean, gain.low, row.verdict) == ((), pytest.approx(-0.08), None, "no verdict (n < 3)")
    twice = several(tmp_path / "c", [0.30, 0.33], [0, 0], model="yolov8n-spd.yaml")
    row = compared(*stock, *twice, baseline="yolov8n").rows[-1]
    assert ((row.gains or {})["mAP50-95"].seeds, (row.gains or {})["mAP50-95"].low) == ((), None)


def test_a_column_that_one_run_lacks_is_not_averaged(four: list[Path]) -> None:
    (four[0] / "coco_metrics.json").unlink()
    rows = compared(*four, baseline="yolov8n").rows
    assert [set(row.values) & {"AP_S"} for row in rows] == [set(), set(), {"AP_S"}, set()]
    assert "AP_S" not in (rows[0].gains or {})


def test_another_recipe_is_another_model_with_what_differs_in_its_name(tmp_path: Path) -> None:
    small = run_of(tmp_path / "small", imgsz=320, lr0=0.1)
    comparison = compared(run_of(tmp_path / "a"), run_of(tmp_path / "b", seed=1), small)
    assert labels(comparison) == {"yolov8n imgsz=640 lr0=0.01": ["a", "b"], "yolov8n imgsz=320 lr0=0.1": ["small"]}
    assert "the models were not trained alike: imgsz 640 (yolov8n imgsz=640 lr0=0.01) / 320 (yolov8n" in str(
        comparison.warnings
    )
    merged = compared(tmp_path / "a", tmp_path / "b", small, ignore=["imgsz", "lr0"])
    assert labels(merged) == {"yolov8n": ["a", "b", "small"]}
    assert [text.split(";")[0] for text in merged.warnings] == ["yolov8n: several runs of seed 0"]


@pytest.mark.long
def test_labels_stay_unique_where_many_settings_differ(tmp_path: Path) -> None:
    settings = {"batch": 1, "data": "x.yaml", "epochs": 4, "imgsz": 320}
    folders = [run_of(tmp_path / f"r{i}", **settings, patience=i) for i in range(2)]
    names = labels(compared(run_of(tmp_path / "r"), *folders))
    assert list(names.values()) == [["r"], ["r0"], ["r1"]]
    assert list(names)[1:] == ["yolov8n batch=1 data=x.yaml epochs=4 (r0)", "yolov8n batch=1 data=x.yaml epochs=4 (r1)"]


@pytest.mark.parametrize("key", sorted({"name", "project", "device", "workers", "seed", "save_period", "plots"} & IDLE))
def test_what_cannot_matter_does_not_separate(tmp_path: Path, key: str) -> None:
    comparison = compared(run_of(tmp_path / "a", **{key: "1"}), run_of(tmp_path / "b", **{key: "2"}))
    assert len(comparison.models) == 1


def test_settings_of_one_host_version_only_do_not_separate(tmp_path: Path) -> None:
    assert len(compared(run_of(tmp_path / "a"), run_of(tmp_path / "b", cls_remap=True)).models) == 1


def test_unequal_recipes_of_different_models_are_one_warning(tmp_path: Path) -> None:
    weights = run_of(tmp_path / "a", model="elsewhere/yolov8n.pt", batch=8)
    random = run_of(tmp_path / "b", model="yolov8n-slice.yaml", seed=1)
    warnings = compared(weights, random).warnings
    assert warnings[0] == (
        "the models were not trained alike: batch 8 (yolov8n.pt) / 16 (yolov8n-slice); "
        "start weights yolov8n.pt (yolov8n.pt) / random weights (yolov8n-slice)"
    )
    assert warnings[1] == "the models were not trained with the same seeds (2 different sets)"
    assert recipe(read_run(weights), ["batch"]).keys() & {"batch", "seed", "model"} == set()


@pytest.mark.long
def test_a_resumed_run_joins_its_model_though_the_host_forgot_it(tmp_path: Path) -> None:
    stock = run_of(tmp_path / "a", model="yolov8n.yaml")
    ours = run_of(tmp_path / "b", model="yolov8n-slice.yaml")
    last = str(tmp_path / "c" / "weights" / "last.pt")
    resumed = make_run(tmp_path / "c", model=last, resume=last, seed=1)
    add_checkpoint(resumed, "yolov8n-slice.yaml")
    comparison = compared(resumed, stock, ours)
    assert labels(comparison) == {"yolov8n-slice": ["c", "b"], "yolov8n": ["a"]}
    assert comparison.notes[0].endswith("forgets what such a run started from; counted as yolov8n-slice.yaml")
    alone = compared(resumed, stock)
    assert labels(alone) == {"yolov8n-slice": ["c"], "yolov8n": ["a"]}
    assert alone.notes == ()
    tuned = run_of(tmp_path / "d", model="x/yolov8n-slice.pt")
    add_checkpoint_again(tuned, "yolov8n-slice.yaml")
    unclear = labels(compared(resumed, ours, tuned))  # random or pretrained: nobody knows
    assert sorted(unclear.values()) == [["b"], ["c"], ["d"]]


def add_checkpoint_again(folder: Path, model_file: str) -> None:
    (folder / "weights" / "best.pt").unlink()
    (folder / "weights").rmdir()
    add_checkpoint(folder, model_file)


def test_auto_that_a_resumed_run_has_resolved_is_no_difference(tmp_path: Path) -> None:
    chosen = {"optimizer": "AdamW", "lr0": 0.001}
    first = make_run(tmp_path / "a")
    add_checkpoint(first, settings=chosen)
    last = str(tmp_path / "b" / "weights" / "last.pt")
    second = make_run(tmp_path / "b", model=last, resume=last, seed=1, **chosen)
    add_checkpoint(second)
    comparison = compared(first, second)
    assert labels(comparison) == {"yolov8n": ["a", "b"]}
    assert comparison.models[0].recipe["lr0"] == "0.001"


def test_auto_is_compared_as_such_where_a_checkpoint_is_missing(tmp_path: Path) -> None:
    with_weights = make_run(tmp_path / "a")
    add_checkpoint(with_weights, settings={"optimizer": "AdamW", "lr0": 0.001})
    comparison = compared(with_weights, make_run(tmp_path / "b", seed=1))
    assert labels(comparison) == {"yolov8n": ["a", "b"]}
    assert comparison.models[0].recipe["optimizer"] == "auto"


def test_parameters_that_differ_between_runs_of_a_model_are_not_shown(tmp_path: Path) -> None:
    first = run_of(tmp_path / "a")
    second = make_run(tmp_path / "b", seed=1)
    add_checkpoint(second, classes=9)
    model = compared(first, second).models[0]
    assert (model.params, model.gflops) == (None, None)
    assert compared(first).models[0].params > 0


def test_the_same_seed_twice_unfinished_runs_and_mixed_areas_are_warnings(tmp_path: Path) -> None:
    first, second = run_of(tmp_path / "a", ap_small=0.1), run_of(tmp_path / "b", ap_small=0.1, epochs=3)
    (second / "coco_metrics.json").write_text('{"AP_S": 0.2, "area": "segmentation area"}', encoding="utf-8")
    unfinished = make_run(tmp_path / "c", fitness=[0.1], seed=1)
    warnings = compared(first, second, unfinished).warnings
    assert warnings[0] == "AP_S does not mean the same in all runs: box area, segmentation area"
    assert warnings[1] == "yolov8n: several runs of seed 0; their spread is not a spread of seeds"
    assert warnings[2] == f"yolov8n: its numbers include unfinished runs ({unfinished.as_posix()})"


@pytest.mark.parametrize("name", ["yolov8n", "yolov8n.yaml", "a0"])
def test_a_baseline_is_named_by_model_file_or_run(four: list[Path], name: str) -> None:
    found = compared(*four, baseline=name).baseline
    assert found is not None
    assert found.label == "yolov8n"


def test_a_baseline_that_is_none_or_several_is_refused(four: list[Path], tmp_path: Path) -> None:
    with pytest.raises(
        SliceError, match="baseline=yolov5n: no model has this name; models: 'yolov8n-slice', 'yolov8n'"
    ):
        compared(*four, baseline="yolov5n")
    four.append(run_of(tmp_path / "small", imgsz=320))
    with pytest.raises(SliceError, match=r"baseline=yolov8n: several models have this name; models: .*imgsz=320"):
        compared(*four, baseline="yolov8n")
    assert compared(*four, baseline="yolov8n imgsz=320").baseline is not None
