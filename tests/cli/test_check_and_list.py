"""`yolo-slice check` and `yolo-slice list`: output and exit status."""

import json
import sys
from pathlib import Path

import pytest

from yolo_slice import cli
from yolo_slice.blocks import BLOCKS
from yolo_slice.errors import SliceError


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    status = cli.main(arguments)
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def test_list_as_json_and_as_tables(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run(capsys, "list", "--json")
    listed = json.loads(out)
    assert (status, listed["blocks"]) == (0, sorted(BLOCKS))
    models = {(row["file"], row["scale"]): row for row in listed["models"]}
    assert len(models) == 147
    assert models["yolov8-slice.yaml", "n"]["params"] == 2_878_512
    assert models["yolov8-slice.yaml", "n"]["gflops"] == pytest.approx(8.4, abs=0.1)
    assert models["yolov8.yaml", "n"]["params"] == 3_157_200
    status, out, _ = run(capsys, "list")
    assert "| `yolov8-slice.yaml` | 2.88 M / 8.4 |" in out
    assert all(f"| `{name}` |" in out for name in BLOCKS)


def test_check_is_well_where_installed_and_says_how_to_mend(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, out, _ = run(capsys, "check")
    lines = dict(line.split(": ", 1) for line in out.splitlines() if line.startswith(("ok", "BROKEN")))
    assert lines["ok      parser of this version"] == "treats borrowed names as needed"
    assert "ok      blocks in model files" in lines
    from ultralytics.nn import tasks

    monkeypatch.setattr(tasks, "parse_model", tasks.parse_model.yolo_slice_stock)
    status, out, _ = run(capsys, "check")
    assert status == 1
    assert "BROKEN  blocks in model files: ultralytics.nn.tasks.parse_model: stock\n        mend: " in out
    monkeypatch.setenv("YOLO_SLICE_DISABLE", "1")
    assert "BROKEN  autoload: turned off by YOLO_SLICE_DISABLE" in run(capsys, "check")[1]


def test_check_survives_what_it_examines(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "yolo_slice.blocks", None)
    status, out, _ = run(capsys, "check")
    assert status == 1
    assert "BROKEN  blocks: ModuleNotFoundError: " in out


def test_readme_needs_a_checkout(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from yolo_slice import page_tables

    monkeypatch.setattr(page_tables, "CFG", tmp_path / "cfg")
    with pytest.raises(SliceError, match="is not a checkout of yolo-slice"):
        page_tables.write_tables("README.md", blocks="")
