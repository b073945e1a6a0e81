"""docs/bench.md says what the records in docs/benchmarks say."""

import json
import re
from pathlib import Path
from typing import Any

from yolo_slice.bench.page import NOTHING, PAGE, RECORDS, measured, read_records
from yolo_slice.bench.runtimes import RUNTIMES
from yolo_slice.bench.validity import LONGEST_WAIT, WIDEST
from yolo_slice.paths import CFG

TEXT = (CFG.parent / PAGE).read_text("utf-8")
ABSOLUTE = re.compile(r"""(?<=[\s"'])(/|[A-Za-z]:\\)\w""")


def test_the_table_is_made_of_the_records() -> None:
    assert f"<!-- measured -->\n{measured(read_records())}\n<!-- /measured -->" in TEXT


def test_records_name_no_place_of_a_machine() -> None:
    for file in RECORDS.glob("*.json"):
        assert not ABSOLUTE.search(file.read_text("utf-8")), file


def test_the_page_lists_every_format_and_the_bounds() -> None:
    assert {*re.findall(r"(?m)^\| `(\w+)` \|", TEXT)} == {*RUNTIMES}
    assert f"±{100 * WIDEST:.0f} %" in TEXT
    assert f"for more than {100 * LONGEST_WAIT:.0f} % of the time" in TEXT


def row(model: str, low: float, middle: float, high: float, **changed: Any) -> dict[str, Any]:
    shared = {"device": "a CPU", "threads": 1, "decides": "cpu time", "imgsz": 640, "batch": 1}
    kind = {"runtime": "ONNX Runtime 1.32.0", "format": "onnx", "precision": "fp32", "baseline": "base", "model": model}
    ratio = {"ratio": middle, "low": low, "high": high}
    again = {"ratio": 1.0, "low": 0.98, "high": 1.01}
    return {**shared, **kind, "ratio": ratio, "again": again, "verdict": "slower", **changed}


def test_runs_are_put_together() -> None:
    runs = [row("ours", 1.01, 1.02, 1.03), row("ours", 1.03, 1.05, 1.06), row("ours", 1.04, 1.06, 1.09)]
    base = row("base", 1, 1, 1, verdict="baseline")
    other = row("ours", 0.9, 0.95, 0.99, runtime="OpenVINO 2026.4", again=None)
    invalid = row("ours", 5, 5, 5, runtime="OpenVINO 2026.4", verdict="INVALID", again=None)
    assert measured([base, *runs, other, invalid]) == (
        "a CPU, 1 thread, cpu time, 640 px, batch 1:\n\n"
        "| model | ONNX Runtime 1.32.0 fp32 | OpenVINO 2026.4 fp32 |\n|---|---|---|\n"
        "| ours / base | 1.05 [1.01, 1.09] | 0.95 [0.90, 0.99] (1 of 2 runs VALID) |\n"
        "| a baseline against itself | 0.98 to 1.01 |  |"
    )
    assert " | INVALID |" in measured([invalid])
    assert "batch 8:" in measured([base, row("ours", 1, 1, 1, batch=8)])
    assert measured([]) == NOTHING


def test_the_aim_is_beside_the_number() -> None:
    rows = [
        row("yolov5s-slicesamp", 0.9, 0.96, 1.02, baseline="yolov5s"),
        row("yolov5s-slice", 0.9, 0.99, 1.02, baseline="yolov5s"),
        row("yolov8n-slicing", 0.9, 0.994, 1.02, baseline="yolov8n"),
        row("yolov8n-slicing", 1.0, 1.0, 1.0, baseline="yolov8n", runtime="OpenVINO 2026.4", format="openvino"),
        row("yolov8n-spd", 1.2, 1.3, 1.4, baseline="yolov8n"),
    ]
    assert measured(rows).splitlines()[2:-1] == [
        "| model | ONNX Runtime 1.32.0 fp32 | OpenVINO 2026.4 fp32 |",
        "|---|---|---|",
        "| yolov5s-slicesamp / yolov5s | 0.96 [0.90, 1.02] (aim 0.96: met) |  |",
        "| yolov5s-slice / yolov5s | 0.99 [0.90, 1.02] (aim 0.98: missed) |  |",
        "| yolov8n-slicing / yolov8n | 0.99 [0.90, 1.02] (aim 0.99: met) | 1.00 [1.00, 1.00] (aim 0.99: missed) |",
        "| yolov8n-spd / yolov8n | 1.30 [1.20, 1.40] |  |",
    ]


def test_memory_of_training_is_beside_its_time() -> None:
    train = {"format": "train", "runtime": "PyTorch training step 2.14", "baseline": "yolov8n"}
    base = row("yolov8n", 1, 1, 1, verdict="baseline", kept_mb=200.0, **train)
    ours = row("yolov8n-slice", 1.0, 1.1, 1.2, kept_mb=212.0, **train)
    assert "| 1.10 [1.00, 1.20] (aim 1.08: missed); memory 1.06 (aim 1.08: met) |" in measured([base, ours])
    busy = {**ours, "verdict": "INVALID"}
    assert "| INVALID; memory 1.06 (aim 1.08: met) |" in measured([base, busy])


def test_the_records_of_a_run_can_be_read(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps({"rows": [row("ours", 1, 1, 1)]}), encoding="utf-8")
    assert read_records(tmp_path)[0]["model"] == "ours"
