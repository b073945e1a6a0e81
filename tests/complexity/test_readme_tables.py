"""Tables of the model files, by hand."""

from pathlib import Path

import pytest

from yolo_slice.complexity import readme_tables
from yolo_slice.complexity.model_sizes import ModelRow
from yolo_slice.complexity.readme_tables import model_tables, write_model_headers

ROWS = [
    ModelRow("yolov9-slice.yaml", "n", 1_234_567, 8.25),
    ModelRow("yolov9-slice.yaml", "s", 23_456_789, 30.04),
    ModelRow("yolov9.yaml", "s", 5_000, 1.0),
    ModelRow("yolov5-6.0.yaml", "n", 2_000_000, 4.5),
]


def test_a_model_has_a_row_and_a_scale_a_column() -> None:
    stock, release = model_tables(ROWS).split("\n\nYOLOv5 as it was released")
    assert stock.splitlines() == [
        "| model file | n | s |",
        "|---|---|---|",
        "| `yolov9-slice.yaml` | 1.23 M / 8.2 | 23.46 M / 30.0 |",
        "| `yolov9.yaml` |  | 0.01 M / 1.0 |",
    ]
    assert release.splitlines()[-1] == "| `yolov5-6.0.yaml` | 2.00 M / 4.5 |"


def test_each_scale_of_a_model_file_gets_its_numbers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "yolov9-slice.yaml"
    file.write_text(
        "scales:\n  n: [0.33, 0.25, 1024] # of old\n  s: [0.33, 0.50, 1024]\n  x: [1, 1, 512] # kept\nhead:\n"
    )
    monkeypatch.setattr(readme_tables, "model_files", lambda: [file])
    write_model_headers(ROWS)
    assert file.read_text() == (
        "scales:\n  n: [0.33, 0.25, 1024] # 1,234,567 parameters, 8.2 GFLOPs\n"
        "  s: [0.33, 0.50, 1024] # 23,456,789 parameters, 30.0 GFLOPs\n  x: [1, 1, 512] # kept\nhead:\n"
    )
