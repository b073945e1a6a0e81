"""docs/which-one.md and the times in `yolo-slice list kind=` say what the records in docs/ say."""

from pathlib import Path
from typing import Any

import pytest

from yolo_slice.bench.page import read_records
from yolo_slice.bench.ratios import Ratio
from yolo_slice.compare.paired import Paired
from yolo_slice.complexity import swap_list
from yolo_slice.complexity.swap_list import ListedSwap, SwapTime
from yolo_slice.paths import CFG
from yolo_slice.study import samplers_page
from yolo_slice.study.report.standings import Standing
from yolo_slice.study.samplers_page import BENCHMARKS, PAGE, PICTURE, STUDIES, Sampler

STOCK = ListedSwap("", "Conv", "Convolve", "", 3_000_000, 8.0, {})
HWD = ListedSwap("hwd", "HWD", "Halve", "https://doi.org/1", 2_500_000, 7.5, {})


def row(model: str, form: str, ratio: Ratio | None, **changed: Any) -> dict[str, Any]:
    found = {"model": model, "baseline": "yolov8n", "format": form, "verdict": "slower", "kept_mb": None}
    return {**found, "ratio": ratio and ratio._asdict(), **changed}


def test_the_page_and_the_shipped_times_are_made_of_the_records() -> None:
    rows, text = read_records(BENCHMARKS), (CFG.parent / PAGE).read_text("utf-8")
    kinds = {kind: samplers_page.samplers(kind, rows, study) for kind, study in STUDIES.items()}
    for kind, found in kinds.items():
        assert f"<!-- {kind} -->\n{samplers_page.table(found)}\n<!-- /{kind} -->" in text
    shipped = [SwapTime(t.word, t.runtime, *(round(n, 6) for n in (t.ratio, t.low, t.high))) for t in _times(kinds)]
    assert swap_list.listed_times() == shipped
    assert PICTURE.is_file() == (samplers_page.picture(kinds) is not None)


def _times(kinds: dict[str, list[Sampler]]) -> list[SwapTime]:
    return samplers_page.listed_times(kinds)


def test_a_line_says_what_was_measured_and_leaves_the_rest_empty() -> None:
    stock = Sampler(STOCK, {"onnx": Ratio(1, 1, 1)}, 1.0, Standing("yolov8n", {0: 0.5, 1: 0.7}, None))
    against = Paired((0, 1), 0.02, -0.01, 0.05)
    ours = Sampler(HWD, {"onnx": Ratio(0.95, 0.9, 1.01)}, 0.8, Standing("x", {0: 0.6}, against, 0.3, "not told apart"))
    bare = Sampler(HWD, {}, None, None)
    lines = samplers_page.table([stock, ours, bare]).splitlines()
    assert "OpenVINO" not in lines[0]
    verdict = ["+0.020 [-0.010, +0.050]", "not told apart"]
    assert [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines[2:]] == [
        ["(stock)", "3.00", "8.00", "", "", "0.600 ± 0.141", "", ""],
        ["-hwd", "2.50", "7.50", "0.95 [0.90, 1.01]", "0.80", "0.600", *verdict],
        ["-hwd", "2.50", "7.50", "", "", "", "", ""],
    ]


def test_ratios_come_from_valid_runs_of_the_same_baseline(tmp_path: Path) -> None:
    rows = [
        row("yolov8n", "train", None, kept_mb=200.0),
        row("yolov8n-hwd", "train", None, kept_mb=150.0, verdict="INVALID"),
        row("yolov8n-hwd", "onnx", Ratio(1.0, 0.9, 1.1)),
        row("yolov8n-hwd", "onnx", Ratio(1.2, 1.1, 1.3)),
        row("yolov8n-hwd", "onnx", Ratio(9, 9, 9), verdict="INVALID"),
        row("yolov8n-hwd", "onnx", Ratio(8, 8, 8), baseline="yolo11n"),
        row("yolov8n-hwd", "openvino", None, verdict="FAILED"),
    ]
    (hwd,) = [one for one in samplers_page.samplers("down", rows, tmp_path / "none") if one.swap.suffix == "hwd"]
    assert hwd.times == {"onnx": Ratio(pytest.approx(1.1), 0.9, 1.3)}
    assert hwd.kept == 0.75
    assert hwd.standing is None
    (time,) = samplers_page.listed_times({"down": [hwd]})
    assert (time.word, time.runtime, time.low, time.high) == ("hwd", "ONNX Runtime", 0.9, 1.3)


def test_of_two_names_for_one_the_shorter_is_listed_and_bilinear_is_not_nearest(tmp_path: Path) -> None:
    up = [one.swap.suffix for one in samplers_page.samplers("up", [], tmp_path / "none")]
    assert up[0] == ""
    assert {"bilinear", "pixelshuffle"} < {*up}
    assert "pixelshuffleup" not in up


def test_times_are_written_and_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(swap_list, "TIMES", tmp_path / "times.csv")
    swap_list.write_times([SwapTime("hwd", "OpenVINO", 1.23456, 1.1, 1.3)])
    assert swap_list.listed_times() == [SwapTime("hwd", "OpenVINO", 1.23456, 1.1, 1.3)]
    lines = swap_list.swap_table("down").splitlines()
    assert "| time, OpenVINO |" in lines[0]
    assert [line.split("|")[4].strip() for line in lines if "`-hwd`" in line] == ["1.23"]


def test_the_picture_names_each_sampler_and_stock() -> None:
    standing = Standing("x", {0: 0.6, 1: 0.5}, None)
    found = [Sampler(STOCK, {}, None, standing), Sampler(HWD, {"onnx": Ratio(0.9, 0.8, 1.0)}, None, standing)]
    assert "<svg" in (samplers_page.picture({"down": found, "up": []}) or "")
    assert samplers_page.picture({"down": found[:1]}) is None
