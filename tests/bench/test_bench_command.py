"""The command on a fake machine: what it says while it works, and what is left of one that is interrupted or fails."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fake_machine import MODELS, FakeMachine

from yolo_slice.bench import announcements
from yolo_slice.bench.announcements import processes
from yolo_slice.bench.settings import BenchSettings
from yolo_slice.cli.commands import bench
from yolo_slice.errors import SliceError

Call = Callable[[dict[str, Any]], dict[str, Any]]


def run(monkeypatch: pytest.MonkeyPatch, folder: Path, call: Call, **changed: Any) -> int:
    """Run the command with files that say what they cost."""

    def open_model(given: str, label: str, place: Path) -> Any:
        if given == "wrong.pt":
            raise SliceError("model=wrong.pt: no model")
        place.mkdir(parents=True)
        return replace(MODELS[label == "heavy"], label=label, folder=place)

    def export(model: Any, *_: Any) -> Path:
        file = model.folder / "made.onnx"
        file.write_text("0.2" if model.label == "heavy" else "0.1", encoding="utf-8")
        return file

    monkeypatch.setattr("yolo_slice.bench.opening.check_bench", lambda _: None)
    monkeypatch.setattr("yolo_slice.bench.run.open_model", open_model)
    monkeypatch.setattr("yolo_slice.bench.run.export", export)
    monkeypatch.setattr("yolo_slice.bench.group.call_worker", call)
    monkeypatch.setattr("yolo_slice.bench.run.call_worker", call)
    settings = {"model": ("base.pt", "heavy.pt"), "format": ("onnx",), "rounds": 8, "project": str(folder), **changed}
    return bench.run(BenchSettings(**settings))


def interrupted_at(count: int, task: str = "times") -> Call:
    """A machine whose user presses Ctrl-C during so manieth job of a kind."""
    machine, seen = FakeMachine(noise=0.01), []

    def call(job: dict[str, Any]) -> dict[str, Any]:
        seen.append(job["task"])
        if seen.count(task) == count:
            raise KeyboardInterrupt
        return machine.call(job)

    return call


def test_it_says_what_it_does(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, tmp_path, FakeMachine(noise=0.01).call, processes=3) == 0
    said = [line.split("  ", 1)[1] for line in capsys.readouterr().err.splitlines()]
    assert said == [
        "exporting base to ONNX Runtime, batch 1",
        "exporting heavy to ONNX Runtime, batch 1",
        "loading base in ONNX Runtime, batch 1",
        "loading heavy in ONNX Runtime, batch 1",
        "timing ONNX Runtime, batch 1: process 1 of 3, 8 rounds",
        "timing ONNX Runtime, batch 1: process 2 of 3, 8 rounds; about 0 s left",
        "timing ONNX Runtime, batch 1: process 3 of 3, 8 rounds; about 0 s left",
    ]


def test_the_time_left_is_that_of_what_is_left(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Named:
        def __init__(self, title: str, seconds: float) -> None:
            self.title, self.seconds = title, seconds

    now = [0.0]
    monkeypatch.setattr(announcements.time, "monotonic", lambda: now[0])
    groups: list[Any] = [Named("short", 10), Named("long", 100)]
    for _, group in processes(groups, 2, 20):
        now[0] += group.seconds
    said = [line.split("; ")[1:] for line in capsys.readouterr().err.splitlines()]
    assert said == [[], ["about 30 s left"], ["about 1 min 50 s left"], ["about 1 min 40 s left"]]


@pytest.mark.parametrize("call", [interrupted_at(1, "memory"), interrupted_at(1), interrupted_at(2)])
def test_ctrl_c_before_there_is_enough_leaves_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, call: Call
) -> None:
    with pytest.raises(KeyboardInterrupt):
        run(monkeypatch, tmp_path, call)
    assert [*tmp_path.iterdir()] == []


@pytest.mark.parametrize(("call", "done"), [(interrupted_at(4), 3), (interrupted_at(1, "layers"), 5)])
def test_ctrl_c_later_leaves_a_report_of_what_was_timed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, call: Call, done: int
) -> None:
    assert run(monkeypatch, tmp_path, call, layers=True) == 130
    told = (tmp_path / "bench" / "bench.md").read_text("utf-8")
    assert f"INTERRUPTED: {done} of 5 processes were timed" in told
    assert f"all rounds of {done} processes" in told
    record = json.loads((tmp_path / "bench" / "bench.json").read_text("utf-8"))
    assert (record["is_cut_short"], record["layers"]) == (True, None)
    assert [len(one["rounds"]) for one in record["times"]] == [done]


def test_a_bench_that_fails_leaves_nothing_but_what_was_there(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with pytest.raises(SliceError, match="no model"):
        run(monkeypatch, tmp_path, FakeMachine().call, model=("base.pt", "wrong.pt"))
    assert [*tmp_path.iterdir()] == []
    (tmp_path / "bench").mkdir()
    (tmp_path / "bench" / "mine.txt").touch()
    with pytest.raises(SliceError, match="no model"):
        run(monkeypatch, tmp_path, FakeMachine().call, model=("base.pt", "wrong.pt"), exist_ok=True)
    assert (tmp_path / "bench" / "mine.txt").is_file()
