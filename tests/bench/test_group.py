"""Models side by side: what is found of one twice as heavy, of a copy, of a broken one, on a noisy machine."""

from pathlib import Path

import pytest
from fake_machine import MODELS, FakeMachine, fake_group, measure

from yolo_slice.bench.row import Row, deciding, rows_of
from yolo_slice.errors import SliceError


def rows(monkeypatch: pytest.MonkeyPatch, folder: Path, machine: FakeMachine, **costs: float | str) -> list[Row]:
    monkeypatch.setattr("yolo_slice.bench.group.call_worker", machine.call)
    return [*rows_of(measure(fake_group(folder, **costs)), MODELS, "a CPU")]


def test_a_model_twice_as_heavy_is_found_slower(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    base, heavy = rows(monkeypatch, tmp_path, FakeMachine(noise=0.02), base=0.1, heavy=0.2)
    assert heavy.ratio is not None
    assert heavy.again is not None
    assert heavy.ratio.low < 2 < heavy.ratio.high
    assert heavy.ratio.high - heavy.ratio.low < 0.1
    assert heavy.again.low < 1 < heavy.again.high
    assert (base.verdict, heavy.verdict) == ("baseline", "slower")
    assert heavy.median_ms == pytest.approx(200, rel=0.02)
    assert base.images_per_s == pytest.approx(2 / 0.1, rel=0.02)  # batch 2


def test_lighter_is_faster_and_equal_is_not_told_apart(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    machine = FakeMachine(noise=0.02)
    assert rows(monkeypatch, tmp_path, machine, base=0.1, heavy=0.05)[1].verdict == "faster"
    assert rows(monkeypatch, tmp_path, machine, base=0.1, heavy=0.1)[1].verdict == "not told apart"


@pytest.mark.parametrize(
    ("machine", "reason"),
    [
        (FakeMachine(noise=0.5), "too noisy"),
        (FakeMachine(noise=0.01, neighbour=0.4), "a busy machine: the models waited 40% of the time for their core"),
        (FakeMachine(noise=0.01, bias=0.1), "biased"),
    ],
)
def test_a_bad_machine_makes_every_row_invalid(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, machine: FakeMachine, reason: str
) -> None:
    found = rows(monkeypatch, tmp_path, machine, base=0.1, heavy=0.2)
    assert [row.verdict for row in found] == ["INVALID", "INVALID"]
    assert all(row.invalid.startswith(reason) for row in found)


def test_a_model_that_does_not_load_is_left_out(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    base, heavy = rows(monkeypatch, tmp_path, FakeMachine(), base=0.1, heavy="broken: no such layer")
    assert (base.verdict, heavy.verdict) == ("baseline", "FAILED")
    assert heavy.error == "broken: no such layer"
    assert heavy.ratio is None
    assert heavy.again is None or heavy.again.ratio == 1


def test_without_the_baseline_there_is_nothing_to_compare_with(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    base, heavy = rows(monkeypatch, tmp_path, FakeMachine(), base="broken: cut short", heavy=0.1)
    assert [base.error, heavy.error] == ["broken: cut short", "not measured, as the baseline base could not be"]
    assert not base.is_valid
    assert base.again is None


def test_without_a_file_of_the_baseline_no_other_is_made(tmp_path: Path) -> None:
    def refuse() -> Path:
        raise SliceError("export failed: no converter")

    group, made = fake_group(tmp_path, base=0.1), []
    group.files.clear()
    group.prepare("base", refuse)
    group.prepare("heavy", lambda: made.append("heavy") or tmp_path)
    assert made == []
    assert [row.error for row in rows_of(measure(group), MODELS, "a CPU")] == [
        "export failed: no converter",
        "not measured, as the baseline base could not be",
    ]


def test_a_row_says_what_the_export_hook_was_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert "YOLO_SLICE_DEPLOY" not in rows(monkeypatch, tmp_path, FakeMachine(), base=0.1, heavy=0.1)[0].runtime
    monkeypatch.setenv("YOLO_SLICE_DEPLOY", "off")
    assert rows(monkeypatch, tmp_path, FakeMachine(), base=0.1, heavy=0.1)[0].runtime.endswith(
        " (YOLO_SLICE_DEPLOY=off)"
    )
    eager = fake_group(tmp_path, "torch", base=0.1, heavy=0.1)
    assert "YOLO_SLICE_DEPLOY" not in next(rows_of(measure(eager), MODELS, "a CPU")).runtime


def test_which_time_decides() -> None:
    assert deciding(on_gpu=False, threads=1) == ("cpu time", 1)
    assert deciding(on_gpu=False, threads=2) == ("wall time", 0)
    assert deciding(on_gpu=True, threads=2) == ("gpu time", 1)
