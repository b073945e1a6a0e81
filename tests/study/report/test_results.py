"""What counts as a result of a study, and what does not."""

import json
import math
from pathlib import Path

import pytest
from study_maker import make_study, numbers, write_record

from yolo_slice.errors import SliceError
from yolo_slice.study.report.results import Metric, Outcome, Results, read_results


@pytest.fixture
def study(tmp_path: Path) -> Path:
    return make_study(tmp_path / "s", seeds=(0, 1, 2))


def outcome(results: Results, arm: str, seed: int) -> Outcome:
    return next(one for one in results.outcomes if (one.cell.arm, one.cell.seed) == (arm, seed))


def test_every_cell_of_the_protocol_is_there_whatever_became_of_it(study: Path) -> None:
    (study / "bccd/ours/seed=1/record.json").unlink()
    write_record(study, "bccd", "stock", 2, state="failed", error="CUDA out of memory")
    results = read_results(study)
    assert [one.cell.title for one in results.outcomes[:2]] == ["bccd/stock/seed=0", "bccd/ours/seed=0"]
    assert len(results.outcomes) == 6
    assert outcome(results, "ours", 1).state == "missing"
    failed = outcome(results, "stock", 2)
    assert (failed.state, failed.why) == ("failed", "CUDA out of memory")
    assert list(results.values("bccd", "stock", "last", Metric("AP"))) == [0, 1]
    assert list(results.values("bccd", "ours", "last", Metric("AP"))) == [0, 2]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("{", "cannot be read"),
        ("[" * 100_000, "cannot be read"),
        ("[]", "holds a list"),
        ("{}", "says None, and no error"),
        ({"state": "running"}, "says 'running', and no error"),
        ({"seed": 1}, "is of another cell: bccd/ours/1"),
        ({"data": "voc"}, "is of another cell: voc/ours/0"),
        ({"last": None}, "no numbers of the last epoch"),
        ({"best": {}}, "AP of the best epoch is not a number: None"),
        ({"last": {"AP": math.nan}}, "AP of the last epoch is not a number: nan"),
        ({"last": {"AP": "0.5"}}, "AP of the last epoch is not a number: '0.5'"),
    ],
)
def test_a_record_that_cannot_be_used_has_failed_and_says_why(study: Path, content: object, why: str) -> None:
    file = study / "bccd/ours/seed=0/record.json"
    if isinstance(content, str):
        file.write_text(content, encoding="utf-8")
    else:
        file.write_text(json.dumps(json.loads(file.read_text("utf-8")) | content), encoding="utf-8")
    results = read_results(study)
    broken = outcome(results, "ours", 0)
    assert broken.state == "failed"
    assert why in broken.why
    assert list(results.values("bccd", "ours", "last", Metric("AP"))) == [1, 2]


def test_records_that_nobody_asked_for_count_nowhere(study: Path) -> None:
    write_record(study, "bccd", "ours", 9)
    write_record(study, "voc", "ours", 0)
    results = read_results(study)
    assert results.strays == ("bccd/ours/seed=9", "voc/ours/seed=0")
    assert list(results.values("bccd", "ours", "last", Metric("AP"))) == [0, 1, 2]


def test_metrics_are_found_for_all_classes_and_for_one() -> None:
    found = numbers(0.5) | {"AP_S": None}
    assert (Metric("AP").of(found), Metric("AP_S").of(found)) == (0.5, None)
    assert Metric("AP50", "RBC").of(found) == 0.5
    assert Metric("AP50", "other").of(found) is None
    assert Metric("AP50", "RBC").of({"classes": {"RBC": 3}}) is None
    assert Metric("AP50", "RBC").of({"classes": None}) is None


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"baseline": "other"}, "baseline 'other' is none of the arms stock, ours"),
        ({"correction": "none"}, "correction 'none' is not holm"),
        ({"epoch": "middle"}, "epoch 'middle' is neither last nor best"),
        ({"metric": "mAP"}, "metric 'mAP' is none of AP, AP50"),
        ({"interval": 95}, "interval 95 is not between 0 and 1"),
    ],
)
def test_a_protocol_that_concludes_nothing_is_refused(tmp_path: Path, changed: dict, fault: str) -> None:
    with pytest.raises(SliceError, match=fault):
        read_results(make_study(tmp_path / "s", **changed))


def test_a_folder_that_is_no_study_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SliceError, match="not a study"):
        read_results(tmp_path)
