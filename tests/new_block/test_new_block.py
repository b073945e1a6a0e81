"""`yolo-slice new-block`: what it writes works as it is."""

from pathlib import Path

import pytest
from ready_process import run_python

from yolo_slice import cli
from yolo_slice.new_block.settings import NewBlockSettings
from yolo_slice.new_block.writing import write_new_block


@pytest.mark.parametrize(
    ("direction", "rows"), [("down", [1, 3, 5, 7, 16, 19]), pytest.param("up", [10, 13], marks=pytest.mark.slow)]
)
def test_the_test_that_it_writes_passes(direction: str, rows: list[int], tmp_path: Path) -> None:
    name = "MyDown" if direction == "down" else "My2Up"
    _, test, model = write_new_block(NewBlockSettings(name=name, direction=direction, folder=tmp_path / "new"))  # pyright: ignore
    lines = [line for line in model.read_text().splitlines() if line.startswith("  - [")]
    assert [number for number, line in enumerate(lines) if f", {name}, " in line] == rows
    assert f"blocks: {model.parent.name and test.name.removeprefix('test_')}" in model.read_text()
    code = "import sys, pytest; print('status', int(pytest.main(['-q', *sys.argv[1:]])))"
    printed = run_python(code, test.name, folder=tmp_path / "new")
    assert printed.splitlines()[-1] == "status 0", printed


def test_it_says_what_to_do_next(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert cli.main(["new-block", "MyDown"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "my_down.py",
        "test_my_down.py",
        "yolov8-mydown.yaml",
        "written. Write your own into my_down.py, and then:",
        "  pytest test_my_down.py",
        "  yolo train model=yolov8n-mydown.yaml data=your.yaml",
    ]
    assert cli.main(["new-block", "MyDown"]) == 1
    assert capsys.readouterr().err == "yolo-slice: my_down.py exists; remove it, or choose another name or folder=\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["my-down"], "name=my-down: expected a class's name, such as MyDown"),
        (["None"], "name=None: expected a class's name"),
        (["SPDConv"], "name=SPDConv: yolo-slice, or a package that adds to it, has a block of this name"),
        (["Focus"], "name=Focus: Ultralytics has a block of this name"),
        (["MyDown", "model=yolov99"], "model=yolov99: Ultralytics has no such model; it has yolo11, "),
        (["MyUp", "direction=up", "model=yolov8-cls"], "yolov8-cls has no row to swap for MyUp"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_written(
    words: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["new-block", *words, f"folder={tmp_path / 'new'}"]) == 1
    assert said in capsys.readouterr().err
    assert not (tmp_path / "new").exists()
