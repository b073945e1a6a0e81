"""A project's blocks in model files and checkpoints, in this process and in new ones."""

import os
import pickle
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from project import BLOCK, MODEL, make_project
from ready_process import run_python
from ultralytics import YOLO
from ultralytics.nn import tasks

from yolo_slice.blocks import BLOCKS
from yolo_slice.errors import SliceError
from yolo_slice.integration.model_files.block_key import relative_blocks
from yolo_slice.integration.model_files.derived import derive
from yolo_slice.integration.weights.needed_blocks import needed_modules
from yolo_slice.outside.block_file import read_block_file

CONFIG = os.environ["YOLO_CONFIG_DIR"]  # with which a process is kept ready
LOAD = """
import os, sys
os.environ["YOLO_CONFIG_DIR"] = sys.argv[2]
from ultralytics import YOLO
try:
    print("loaded", type(YOLO(sys.argv[1]).model.model[1]).__name__)
except ValueError as error:
    print(error)
"""

pytestmark = pytest.mark.filterwarnings("default")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to be in; what is opened there is kept there."""
    monkeypatch.setenv("YOLO_CONFIG_DIR", str(tmp_path / "config"))
    monkeypatch.delenv("YOLO_SLICE_BLOCKS", raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def forget() -> None:
    """Forget the files that this process has run, as a new process has."""
    from yolo_slice.outside import running

    running._READY.clear()
    for name in [name for name in sys.modules if name.startswith("yolo_slice.outside.my_down_")]:
        del sys.modules[name]


def load_elsewhere(folder: Path) -> str:
    printed = run_python(LOAD, "mine.pt", str(folder / "config"), folder=folder, YOLO_CONFIG_DIR=CONFIG)
    return printed.splitlines()[-1]


def test_a_model_file_finds_its_blocks_beside_it_from_anywhere(folder: Path) -> None:
    file = read_block_file(make_project(folder / "project").with_name("my_down.py"))
    model: Any = YOLO("project/yolov8n-mine.yaml").model
    assert [type(layer).__name__ for layer in model.model][1:5] == ["MyDown"] * 4
    assert type(model.model[1]).__module__ == file.module
    assert model.yaml["blocks"] == [{"file": str(file.path), "sha256": file.sha256}]
    assert model.stride.tolist() == [8, 16, 32]
    assert "MyDown" not in BLOCKS
    with pytest.raises(SliceError, match="layer 1: unknown block 'MyDown'"):
        tasks.parse_model({key: value for key, value in model.yaml.items() if key != "blocks"}, ch=3, verbose=False)


def test_the_model_files_own_block_comes_before_ours(folder: Path) -> None:
    make_project(folder, MODEL.replace("MyDown", "SPDConv"), BLOCK.replace("MyDown", "SPDConv"))
    assert type(YOLO("yolov8n-mine.yaml").model.model[1]) is not BLOCKS["SPDConv"].cls


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("other.py", "blocks: .*other.py cannot be read .No such file"),
        ("/etc/my.py", "blocks: /etc/my.py must be relative to the model file"),
        ("{a: b}", "blocks must be a file beside the model file, or a list of such, not .'a': 'b'."),
        ("[]", "blocks must be a file beside"),
        ("my_down.txt", "blocks: .*my_down.txt: a file of blocks ends in"),
    ],
)
def test_what_is_wrong_with_the_key_is_said_with_the_model_file(key: str, said: str, folder: Path) -> None:
    make_project(folder, MODEL.replace("my_down.py", key))
    with pytest.raises(SliceError, match=f"yolov8n-mine.yaml: {said}"):
        YOLO("yolov8n-mine.yaml")


def test_a_model_with_swapped_rows_keeps_its_blocks(folder: Path) -> None:
    text = MODEL.replace("[-1, 1, MyDown, [128]]", "[-1, 1, Conv, [128, 3, 2]]")
    make_project(folder / "project", text)
    derivation = derive("project/yolov8n-mine.yaml", down="MyDown")
    assert derivation.row(1)[2] == "MyDown"
    assert relative_blocks(derivation.model, folder)["blocks"] == ["project/my_down.py"]
    assert type(YOLO("project/yolov8n-mine-slicesamp.yaml").model.model[1]).__name__ == "SliceSamp"


def test_checkpoints_in_new_processes(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_project(folder)
    YOLO("yolov8n-mine.yaml").save("mine.pt")
    block = read_block_file(folder / "my_down.py")
    assert needed_modules(folder / "mine.pt") == [block.module]
    assert load_elsewhere(folder) == "loaded MyDown"
    (folder / "my_down.py").write_text(f"{BLOCK}# edited")
    forget()
    with pytest.raises(SliceError) as changed:
        YOLO("mine.pt")
    assert str(changed.value) == (
        f"mine.pt needs the blocks of my_down.py as they were (sha256 {block.sha256[:8]}...), and {block.path} has "
        "been changed since: bring that content back, or, if the change does not matter to these weights, set "
        f"YOLO_SLICE_BLOCKS={block.path}"
    )
    monkeypatch.setenv("YOLO_SLICE_BLOCKS", "my_down.py")
    model: Any = YOLO("mine.pt").model
    edited = read_block_file(folder / "my_down.py")
    assert type(model.model[1]).__module__ == edited.module  # and so in what is saved of it
    assert model.yaml["blocks"] == [{"file": str(edited.path), "sha256": edited.sha256}]
    monkeypatch.delenv("YOLO_SLICE_BLOCKS")
    monkeypatch.setenv("YOLO_CONFIG_DIR", str(folder / "of another user"))
    forget()
    with pytest.raises(SliceError, match=f"which were not opened on this machine: .*they were in {block.path}$"):
        YOLO("mine.pt")


def test_safe_loading_runs_only_what_is_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if not hasattr(torch.serialization, "get_unsafe_globals_in_checkpoint"):
        pytest.skip("torch before 2.6 has no restricted loading for Ultralytics")
    make_project(folder)
    YOLO("yolov8n-mine.yaml").save("mine.pt")
    (folder / "my_down.py").write_text(f"{BLOCK}# edited")
    monkeypatch.setenv("ULTRALYTICS_SAFE_LOAD", "1")
    forget()
    with pytest.raises(SliceError, match="with ULTRALYTICS_SAFE_LOAD a file is run only where it is named: set YOLO_"):
        YOLO("yolov8n-mine.yaml")
    monkeypatch.setenv("YOLO_SLICE_BLOCKS", "my_down.py")
    loaded, _ = tasks.torch_safe_load("mine.pt", safe_only=True)  # the content differs; the user has named it
    assert type(loaded["model"].model[1]).__name__ == "MyDown"


EVIL = "from pathlib import Path\nPath({marker!r}).touch()\n" + BLOCK


def test_a_foreign_checkpoint_runs_no_file_that_it_names(folder: Path) -> None:
    """Its model file, its records and its classes all say where the file is and what its hash is, rightly."""
    evil, marker = folder / "there" / "my_down.py", folder / "marker"
    make_project(evil.parent)
    model: Any = YOLO("there/yolov8n-mine.yaml").model
    evil.write_text(EVIL.format(marker=str(marker)))
    file = read_block_file(evil)
    records = [{"file": str(evil), "sha256": file.sha256}]
    pickled = pickle.dumps(model, protocol=2).replace(type(model.model[1]).__module__.encode(), file.module.encode())
    forget()
    for attempt in (
        lambda: pickle.loads(pickled),
        lambda: tasks.DetectionModel({**model.yaml, "blocks": records}, verbose=False),
        lambda: tasks.DetectionModel({**model.yaml, "blocks": str(evil)}, verbose=False),
        lambda: tasks.DetectionModel({**model.yaml, "blocks": [{"file": f"{evil}/../x.py", "sha256": "."}]}),
    ):
        with pytest.raises(SliceError, match=r"not opened on this machine|is read when|is not as yolo-slice writes"):
            attempt()
    assert not marker.exists()
    assert file.module not in sys.modules


def test_stock_model_files_and_checkpoints_run_nothing(folder: Path) -> None:
    (folder / "my_down.py").write_text(EVIL.format(marker=str(folder / "marker")))
    (folder / "yolov8n-mine.yaml").write_text(MODEL.replace("blocks: my_down.py", "").replace("MyDown", "SPDConv"))
    model = YOLO("yolov8n-mine.yaml")
    model.save("mine.pt")
    assert YOLO("mine.pt").model.yaml.keys() == model.model.yaml.keys()
    assert not (folder / "marker").exists()
    assert not (folder / "config").exists() or not [*(folder / "config").rglob("yolo-slice-blocks")]
