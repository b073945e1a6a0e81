"""The papers' tables: every row exact, and equal to what independent scripts had counted (methods.md, section 2)."""

import csv
import dataclasses
import io
import json

import pytest
import torch
from torchvision.models import SwinTransformer, swin_t

from yolo_slice.cli import main
from yolo_slice.complexity.paper_tables import TABLES, PaperRow
from yolo_slice.complexity.reproduction import Reproduction, is_exact, reproduce
from yolo_slice.complexity.reproduction_views import VIEWS
from yolo_slice.complexity.settings import ComplexitySettings
from yolo_slice.complexity.upernet import SwinUPerNet
from yolo_slice.settings import settings_of

SLOW = [("SPD-Conv", f"YOLOv5-SPD-{scale}") for scale in "sml"] + [
    ("SliceSamp 3", "Softpool"),
    ("SliceSamp 3", "Adapool"),
    ("SliceSamp 3", "Patch Merging"),
    ("SliceSamp 3", "SliceSamp"),
    ("SliceSamp 2", "Softpool"),
    ("SliceSamp 2", "Adapool"),
]
ROWS = [(table, row) for table in TABLES for row in table.rows]
# Counted with other scripts, before this code was written: parameters in millions, GFLOPs
KNOWN = {
    ("SliceSamp 1", "Maxpool"): (11.6895, 1.822),
    ("SliceSamp 1", "Patch Merging"): (11.7064, 1.873),
    ("SliceSamp 1", "SliceSamp"): (11.7088, 1.883),
    ("SliceSamp 2", "Strided Conv"): (7.2766, 17.154),
    ("SliceSamp 2", "Maxpool"): (5.2273, 12.932),
    ("SliceSamp 2", "Patch Merging"): (6.0008, 14.564),
    ("SliceSamp 2", "SliceSamp"): (6.0346, 14.724),
    ("SliceSamp 2", "SliceSamp + SliceUpsamp"): (6.0569, 14.847),
    ("SliceSamp 3", "Patch Merging"): (59.9419, 236.07),
    ("SliceSamp 3", "Maxpool"): (58.7766, 235.39),
    ("SliceSamp 3", "SliceSamp"): (59.9687, 236.10),
    ("SliceSamp 4", "Slicing"): (5.9966, 14.532),
    ("SliceSamp 4", "DSConv"): (5.2381, 13.007),
    ("SliceSamp 4", "SlicingConv3x3"): (15.4993, 32.987),
    ("SPD-Conv", "YOLOv5-SPD-n"): (2.256, 8.8),
    ("SPD-Conv", "YOLOv5-SPD-s"): (8.771, 33.7),
    ("SPD-Conv", "YOLOv5-SPD-m"): (24.647, 87.8),
    ("SPD-Conv", "YOLOv5-SPD-l"): (52.708, 178.2),
}


def reproduced(table_name: str, row: PaperRow) -> Reproduction:
    table = next(table for table in TABLES if table.name == table_name)
    return next(reproduce([dataclasses.replace(table, rows=(row,))]))


@pytest.mark.long
@pytest.mark.parametrize(
    ("table", "row"),
    [
        pytest.param(t.name, row, id=f"{t.name} {row.name}", marks=[pytest.mark.slow] * ((t.name, row.name) in SLOW))
        for t, row in ROWS
    ],
)
def test_row_is_exact(table: str, row: PaperRow) -> None:
    result = reproduced(table, row)
    assert result.exact, result
    if (table, row.name) in KNOWN:
        params_m, gflops = KNOWN[table, row.name]
        assert result.params_m == pytest.approx(params_m, abs=5.1e-5 if table != "SPD-Conv" else 5.1e-4)
        assert result.gflops == pytest.approx(gflops, rel=1e-3, abs=0.05 if table == "SPD-Conv" else None)


def test_there_are_the_rows_that_the_papers_have() -> None:
    assert {t.name: len(t.rows) for t in TABLES} == {
        "SliceSamp 1": 5,
        "SliceSamp 2": 7,
        "SliceSamp 3": 5,
        "SliceSamp 4": 3,
        "SPD-Conv": 4,
    }
    settings = {setting.name: setting for setting in settings_of(ComplexitySettings)}
    assert tuple(t.name for t in TABLES) == settings["table"].choices
    assert tuple(VIEWS) == settings["format"].choices


@pytest.mark.long
def test_inferred_reading_and_the_layouts_beside_are_said() -> None:
    inferred = reproduced("SliceSamp 4", TABLES[3].rows[2]).reading
    assert "inferred" in inferred
    assert "without that: 14.189 M, 31.3 GFLOPs" in inferred
    layouts = reproduced("SPD-Conv", TABLES[4].rows[0]).reading
    assert "strided (paper: 1.9 M): 1.872 M" in layouts
    assert "text form: 3.600 M" in layouts


@pytest.mark.parametrize(
    ("printed", "value", "truncates", "wanted"),
    [
        ("7.28", 7.2766, False, True),
        ("7.28", 7.2849, False, True),
        ("7.28", 7.2850001, False, False),
        ("2.2", 2.256, True, True),
        ("2.2", 2.256, False, False),
        ("2.2", 2.3, True, False),
        ("33.0", 32.949, False, False),
        ("6.00", 5.9966, False, True),
        ("6.00", 5.9966, True, False),
    ],
)
def test_exact_is_to_the_printed_digit(printed: str, value: float, truncates: bool, wanted: bool) -> None:
    assert is_exact(printed, value, truncates) == wanted


@pytest.mark.long
def test_segmentation_network_has_its_shapes_and_its_auxiliary_head_is_free() -> None:
    with torch.device("meta"):
        net = SwinUPerNet(swin_t(weights=None).features, (96, 192, 384, 768))
        images = torch.zeros(2, 3, 96, 64)
        assert net.eval()(images).shape == (2, 150, 24, 16)
        assert [y.shape for y in net.train()(images)] == [(2, 150, 24, 16), (2, 150, 6, 4)]


def test_every_parameter_of_the_segmentation_network_takes_part() -> None:
    swin = SwinTransformer([4, 4], 8, [1] * 4, [1] * 4, [2, 2], stochastic_depth_prob=0.0)
    net = SwinUPerNet(swin.features, (8, 16, 32, 64), 8, 8)
    sum(y.sum() for y in net.train()(torch.randn(2, 3, 96, 64))).backward()
    assert all(p.grad is not None for p in net.parameters())


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(["complexity", *arguments]) == 0
    return capsys.readouterr().out


@pytest.mark.long
def test_json_has_unrounded_numbers_and_nulls(capsys: pytest.CaptureFixture[str]) -> None:
    rows = json.loads(run(capsys, "format=json", "table=SliceSamp 1"))
    assert [row["row"] for row in rows] == ["Maxpool", "Softpool", "Adapool", "Patch Merging", "SliceSamp"]
    assert rows[0].keys() >= {"table", "row", "paper_params_m", "params_m", "paper_gflops", "gflops", "exact"}
    assert (rows[0]["table"], rows[0]["paper_params_m"], rows[0]["params_m"]) == ("SliceSamp 1", 11.69, 11.689512)
    assert (rows[0]["exact"], rows[0]["how"]) == (True, "rounded")


@pytest.mark.long
def test_views_agree() -> None:
    rows = [reproduced("SPD-Conv", TABLES[4].rows[0]), reproduced("SliceSamp 1", TABLES[0].rows[4])]
    records = list(csv.DictReader(io.StringIO(VIEWS["csv"](rows))))
    assert [record["paper_gflops"] for record in records] == ["", "1.88"]
    assert [r["paper_gflops"] for r in json.loads(VIEWS["json"](rows))] == [None, 1.88]
    assert [float(record["params_m"]) for record in records] == [row.params_m for row in rows]
    for view in ("text", "md"):
        text = VIEWS[view](rows)
        assert text.endswith("2 of 2 rows exact")
        assert all(row.convention in text for row in rows)
        assert "2.2562" in text
    assert "| YOLOv5-SPD-n | 2.2 | 2.2562 | - | 8.793 | exact, truncated | official layout; " in VIEWS["md"](rows)


@pytest.mark.parametrize("misprint", [{"params_m": "11.70"}, {"gflops": "1.83"}])
def test_a_row_that_is_not_exact_is_called_so_and_the_command_fails(misprint, monkeypatch, capsys) -> None:
    wrong = dataclasses.replace(TABLES[0], rows=(dataclasses.replace(TABLES[0].rows[0], **misprint),))
    monkeypatch.setattr("yolo_slice.complexity.paper_tables.TABLES", (wrong,))
    assert main(["complexity", "table=SliceSamp 1"]) == 1
    out = capsys.readouterr().out
    assert "DIFFERENT" in out
    assert "0 of 1 rows exact" in out


def test_unknown_table_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["complexity", "table=SliceSamp 5"]) == 2
    assert "table=SliceSamp 5: expected one of SliceSamp 1, " in capsys.readouterr().err
