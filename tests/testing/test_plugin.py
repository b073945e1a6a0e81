"""`pytest --block`: the contract over a file's blocks, in a process of its own."""

import re
from pathlib import Path

import pytest
from ready_process import run_python

from yolo_slice.errors import SliceError
from yolo_slice.testing.laws import LAWS
from yolo_slice.testing.wanted_blocks import find_blocks

PYTEST = """
import sys, pytest
print("status", int(pytest.main(["-q", "-p", "yolo_slice.testing.plugin", *sys.argv[1:]])))
"""
BLOCKS = """
from yolo_slice import block
from yolo_slice.testing.wrong_blocks import {name}


@block(scale=0.5, excused={{"onnx_agrees": "takes long", "torch_exports_agree": "takes long"}})
class MyDown({name}):
    pass
"""


def run_pytest(folder: Path, *words: str) -> str:
    return run_python(PYTEST, *words, folder=folder)


def test_a_right_block_and_a_wrong_one(tmp_path: Path) -> None:
    for name in ("Right", "SkipsPixels"):
        (tmp_path / f"{name}.py").write_text(BLOCKS.format(name=name))
    (tmp_path / "test_other.py").write_text("def test_other(): assert False")
    right = run_pytest(tmp_path, "-ra", "--block", "Right.py:MyDown").splitlines()
    assert right[-1] == "status 0"
    assert f"{len(LAWS) - 2} passed, 2 skipped" in right[-2]
    assert sum("MyDown is excused: takes long" in line for line in right) == 1
    wrong = run_pytest(tmp_path, "--block", "SkipsPixels.py").splitlines()
    assert wrong[-1] == "status 1"
    assert f"1 failed, {len(LAWS) - 3} passed, 2 skipped" in wrong[-2]
    assert "test_block_keeps_law[MyDown-every_pixel_counts]" in "\n".join(wrong)
    assert re.search(r"(?m)^E +AssertionError: 720 of 960 inputs of 6 x 10 have no gradient", "\n".join(wrong))
    beside = run_pytest(tmp_path, "--block", "Right.py", "test_other.py", "-k", "other or shape")
    assert "1 failed, 1 passed" in beside
    missing = run_pytest(tmp_path, "--block", "Rigth.py")
    assert "ERROR: " in missing
    assert "Rigth.py cannot be read (No such file or directory)" in missing


def test_what_block_names(tmp_path: Path) -> None:
    file = tmp_path / "my.py"
    file.write_text(BLOCKS.format(name="Right"))
    assert [*find_blocks(str(file))] == [*find_blocks(f"{file}:MyDown")] == ["MyDown"]
    assert [*find_blocks("SPDConv")] == ["SPDConv"]
    with pytest.raises(SliceError, match=r"there is no block 'MyDwon' in .*my\.py; did you mean MyDown\?"):
        find_blocks(f"{file}:MyDwon")
    with pytest.raises(SliceError, match=r"there is no block 'SPDCnov'; did you mean SPDConv\?"):
        find_blocks("SPDCnov")
    with pytest.raises(SliceError, match=r"expected FILE\.py, FILE\.py:NAME or NAME"):
        find_blocks("my.py:")
