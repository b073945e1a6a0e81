"""What a benchmark says: in the table, to spreadsheets, to programs, and nothing of the machine's folders."""

import csv
import io
import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from fake_machine import MODELS, FakeMachine, fake_group, measure

from yolo_slice.bench.report import as_csv, as_json, save_bench, text
from yolo_slice.bench.row import rows_of
from yolo_slice.bench.run import Bench
from yolo_slice.bench.settings import BenchSettings


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Bench:
    """Two runtimes: a quiet machine in one, a neighbour in the other."""
    groups = []
    (tmp_path / "files").mkdir()
    for name, neighbour in (("onnx", 0.0), ("openvino", 0.5)):
        monkeypatch.setattr("yolo_slice.bench.group.call_worker", FakeMachine(0.02, neighbour).call)
        groups.append(measure(fake_group(tmp_path / "files", name, base=0.1, heavy=0.2)))
    rows = [row for group in groups for row in rows_of(group, MODELS, "a CPU")]
    settings = BenchSettings(model=(str(tmp_path / "base.pt"), "heavy.pt"), project=str(tmp_path), data=str(tmp_path))
    return Bench("2026-11-28T12:00:00+00:00", settings, tuple(rows), tuple(groups))


def test_the_table_gives_no_number_that_may_not_be_believed(bench: Bench) -> None:
    told = text(bench)
    table = [[cell.strip() for cell in line.split("|")[1:-1]] for line in told.splitlines() if line.startswith("|")]
    by_head = [dict(zip(table[0], row, strict=True)) for row in table[2:]]
    assert [row["verdict"] for row in by_head] == ["baseline", "slower", "INVALID", "INVALID"]
    assert by_head[1]["ratio [95 %]"].startswith(("1.9", "2.0"))
    assert [row["ratio [95 %]"] for row in by_head if row["verdict"] in ("baseline", "INVALID")] == ["1", "-", "-"]
    assert [row["wall ratio [95 %]"] for row in by_head[2:]] == ["-", "-"]
    assert ": VALID: base against itself is " in told
    assert "INVALID: a busy machine: the models waited 50% of the time" in told
    assert "fp32, 1 thread, a CPU, clock " in told


def test_spreadsheets_get_every_number(bench: Bench) -> None:
    rows = [*csv.DictReader(io.StringIO(as_csv(bench)))]
    assert [row["verdict"] for row in rows] == ["baseline", "slower", "INVALID", "INVALID"]
    assert float(rows[1]["ratio_low"]) < float(rows[1]["ratio"]) < float(rows[1]["ratio_high"])
    assert [row["parameters"] for row in rows[:2]] == ["3000000", "2500000"]


def test_programs_get_every_time_and_what_a_study_takes(bench: Bench, tmp_path: Path) -> None:
    told = as_json(bench)
    record = json.loads(told)
    assert str(tmp_path) not in told
    assert record["settings"]["model"] == ["base.pt", "heavy.pt"]
    assert [len(each) for one in record["times"] for each in one["rounds"]] == [12] * 8
    latency = [row["latency"] for row in record["rows"]]
    assert latency[1].keys() == {"ratio", "low", "high", "how"}
    assert latency[2:] == [None, None]


@pytest.mark.long
def test_a_folder_of_all_of_them(bench: Bench, tmp_path: Path) -> None:
    save_bench(bench, tmp_path)
    assert {"bench.md", "bench.csv", "bench.json", "bench.png"} <= {file.name for file in tmp_path.iterdir()}
    image = cv2.imread(str(tmp_path / "bench.png"))
    assert image is not None
    assert len(np.unique(image.reshape(-1, 3), axis=0)) > 50
