"""The table as Markdown, CSV and JSON, the picture, and the command that writes them."""

import csv
import json
import math
from pathlib import Path

import numpy as np
import pytest
from matplotlib.axes import Axes
from run_maker import HEADER, add_checkpoint, line, make_run

from yolo_slice import cli
from yolo_slice.compare.comparison import Comparison, compare
from yolo_slice.compare.plot import COLORS, common_epochs, draw, png
from yolo_slice.compare.report import save_comparison
from yolo_slice.compare.results_csv import Curves
from yolo_slice.compare.runs import read_run


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    """Two stock runs and one slice run, which has another validation loss and no weights."""
    for seed, fitness in enumerate([[0.1, 0.2, 0.3], [0.2, 0.3, 0.5]]):
        folder = make_run(tmp_path / "runs" / f"stock{seed}", fitness, seed=seed)
        add_checkpoint(folder)
        (folder / "coco_metrics.json").write_text('{"AP_S": 0.125, "area": "box area"}', encoding="utf-8")
    text = "\n".join([HEADER.replace("val/box_loss", "val/giou_loss"), line(1, 0.2), line(2, 0.6, math.inf), ""])
    make_run(tmp_path / "runs" / "ours", text=text, model="yolov8n-slice.yaml")
    return tmp_path / "runs"


@pytest.mark.long
def test_the_command_prints_and_writes_the_same(runs: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    project = tmp_path / "compare"
    for count in (1, 2):
        assert cli.main(["compare", str(runs), "baseline=yolov8n", f"project={project}"]) == 0
        assert len(list(project.iterdir())) == count
    saved = (project / "compare" / "comparison.md").read_text(encoding="utf-8")
    assert saved in capsys.readouterr().out
    assert sorted(f.name for f in (project / "compare").iterdir()) == [
        f"comparison.{suffix}" for suffix in ("csv", "json", "md", "png")
    ]
    table = [[cell.strip() for cell in text.split("|")[1:-1]] for text in saved.splitlines() if text.startswith("|")]
    assert table[0][:3] == ["model", "runs (seeds)", "epoch"]
    rows = {tuple(row[:3]): row for row in table[2:]}
    best = rows["yolov8n", "2 (0, 1)", "best (3)"]
    assert best[6:8] == ["0.400 ± 0.141", "0.125 ± 0.000"]
    assert rows["yolov8n-slice", "1 (0)", "best (2)"][6:] == ["0.600", "-", "-", "-"]
    assert rows["minus yolov8n", "", "best"][6:] == ["+0.300", "-", "-", "-"]
    assert ("", "", "last (2 of 3)") in rows
    assert "unfinished, 2 of 3 epochs" in saved
    assert "- yolov8n-slice against yolov8n: no verdict (n < 3) (mAP50-95 of the last epoch +0.300; seeds 0: " in saved
    assert "yolov8n-slice: its numbers include unfinished runs" in saved


@pytest.mark.long
def test_csv_and_json_hold_the_unrounded_numbers(runs: Path, tmp_path: Path) -> None:
    comparison = compare([read_run(runs / name) for name in ("stock0", "stock1", "ours")], baseline="yolov8n")
    folder = save_comparison(comparison, str(tmp_path), "compare")
    with (folder / "comparison.csv").open(encoding="utf-8") as file:
        rows = {(row["model"], row["epoch"]): row for row in csv.DictReader(file)}
    stock, ours = rows["yolov8n", "best"], rows["yolov8n-slice", "best"]
    assert float(stock["mAP50-95_std"]) == pytest.approx(np.std([0.3, 0.5], ddof=1), abs=1e-12)
    assert (stock["seeds"], stock["mAP50-95_diff"], stock["AP_S"]) == ("0 1", "", "0.125")
    assert float(ours["mAP50-95_diff"]) == pytest.approx(0.3, abs=1e-12)  # over the one seed that both have
    assert (ours["mAP50-95_diff_low"], ours["p_holm"], ours["verdict"]) == ("", "", "")
    assert rows["yolov8n-slice", "last"]["verdict"] == "no verdict (n < 3)"
    assert (ours["mAP50-95_std"], ours["params"], ours["AP_S"], ours["runs"]) == ("", "", "", "1")
    record = json.loads((folder / "comparison.json").read_text(encoding="utf-8"))
    models = {model["model"]: model for model in record["models"]}
    assert models["yolov8n"]["best"]["values"]["mAP50-95"]["mean"] == pytest.approx(0.4)
    assert models["yolov8n"]["best"]["differences"] is None
    assert models["yolov8n-slice"]["best"]["differences"]["mAP50-95"]["low"] is None
    assert [run["best"]["epoch"] for run in models["yolov8n"]["runs"]] == [3, 3]
    assert models["yolov8n"]["recipe"]["imgsz"] == "640"
    assert record["warnings"] == list(comparison.warnings)


@pytest.mark.long
def test_a_percentage_compares_sizes(runs: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    add_checkpoint(runs / "ours", "yolov8n-slice.yaml", classes=20)
    cli.main(["compare", str(runs), "baseline=yolov8n", f"project={tmp_path}/compare"])
    params = [read_run(runs / name).checkpoint.params for name in ("ours", "stock0")]
    row = next(text for text in capsys.readouterr().out.splitlines() if text.startswith("| minus yolov8n"))
    assert f"{100 * (params[0] - params[1]) / params[1]:+.1f}%" in row


def test_no_number_is_nan_in_json(tmp_path: Path) -> None:
    folder = make_run(tmp_path / "run", fitness=[math.nan])
    text = (save_comparison(compare([read_run(folder)]), str(tmp_path), "compare") / "comparison.json").read_text(
        "utf-8"
    )
    assert json.loads(text, parse_constant=pytest.fail)["models"][0]["best"]["values"]["P"]["mean"] is None


def curves(comparison: Comparison) -> dict[str, list[Curves]]:
    return {model.label: [run.curves for run in model.runs] for model in comparison.models}


def panel(axes: list[Axes], title: str) -> Axes:
    return next(a for a in axes if a.get_title() == title)


@pytest.mark.long
def test_the_picture_shows_mean_and_range_of_each_model(runs: Path) -> None:
    comparison = compare([read_run(runs / name) for name in ("stock0", "stock1", "ours")])
    figure = draw(curves(comparison))
    titles = [axes.get_title() for axes in figure.axes]
    assert titles == ["mAP50", "mAP50-95", "validation box loss", "validation giou loss"]
    axes = panel(figure.axes, "mAP50-95")
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["yolov8n (n = 2)", "yolov8n-slice (n = 1)"]
    thick = [line for line in axes.lines if line.get_linewidth() == 2]
    assert thick[0].get_ydata() == pytest.approx([0.15, 0.25, 0.4])
    assert [line.get_color() for line in thick] == [line.get_color() for line in figure.legends[0].get_lines()]
    assert thick[1].get_color() == COLORS[1]
    low, high = (f(axes.collections[0].get_paths()[0].vertices[:, 1]) for f in (min, max))
    assert (low, high) == pytest.approx((0.1, 0.5))
    giou = panel(figure.axes, "validation giou loss")
    assert [text.get_text() for text in giou.texts] == ["not in yolov8n"]
    assert np.isnan(giou.lines[-1].get_ydata()[1])  # the infinite loss is a gap
    assert png(figure).startswith(b"\x89PNG")


def test_any_name_is_shown_as_it_is() -> None:
    run = Curves((1, 2), {"metrics/mAP50(B)": (0.1, 0.2), "val/$x_loss": (1.0, 2.0)}, ())
    figure = draw({"_a$b$": [run], "数$": [run], "c": []})
    assert png(figure).startswith(b"\x89PNG")
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["_a$b$ (n = 1)", "数$ (n = 1)", "c (n = 0)"]


def test_the_mean_is_over_epochs_that_all_runs_have(runs: Path) -> None:
    read = [read_run(runs / name) for name in ("stock0", "ours")]
    epochs, values = common_epochs([run.curves for run in read], "metrics/mAP50-95(B)")
    assert epochs == [1, 2]
    assert values.tolist() == [[0.1, 0.2], [0.2, 0.6]]
    assert common_epochs([], "x")[0] == []


@pytest.mark.parametrize("tokens", [[], ["nowhere"], ["here"], ["here", "baseline"], ["here", "base=x"]])
def test_a_mistake_is_one_line(
    tokens: list[str], capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "here").mkdir()
    assert cli.main(["compare", *tokens]) in (1, 2)
    captured = capsys.readouterr()
    assert captured.err.splitlines()[-1].startswith("yolo-slice: ")
    assert "Traceback" not in captured.err
    assert not (tmp_path / "runs").exists()
