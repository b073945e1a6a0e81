"""Files of blocks and packages, run: what they register, and what is said when they fail."""

import pickle
import sys
from collections.abc import Iterator
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest
import torch
from project import BLOCK

from yolo_slice.blocks import BLOCKS, SPDConv
from yolo_slice.errors import SliceError
from yolo_slice.outside import sources
from yolo_slice.outside.block_file import BlockFile, read_block_file
from yolo_slice.outside.running import loaded_file, run_block_file
from yolo_slice.outside.sources import Source, add_sources
from yolo_slice.registry import block_of

HEAD = "from torch import nn\nfrom yolo_slice import block\n"


@pytest.fixture(autouse=True)
def apart(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """Leave the blocks of other tests as they are."""
    monkeypatch.setattr(sources, "SOURCES", [])
    monkeypatch.setenv("YOLO_CONFIG_DIR", str(tmp_path / "config"))
    before = dict(BLOCKS)
    yield
    BLOCKS.clear()
    BLOCKS.update(before)


def write(folder: Path, text: str, name: str = "mine.py") -> BlockFile:
    (folder / name).write_text(text)
    return read_block_file(folder / name)


def test_blocks_of_a_file_are_its_own(tmp_path: Path) -> None:
    file = write(tmp_path, BLOCK)
    found = run_block_file(file)
    assert [*found] == ["MyDown"]
    assert "MyDown" not in BLOCKS
    block = found["MyDown"].cls(8, 8)
    assert block_of(block) is found["MyDown"]
    assert type(pickle.loads(pickle.dumps(block))) is type(block)
    assert {type(block), type(block.inner)} <= set(torch.serialization.get_safe_globals())
    assert loaded_file(file.module) == file
    assert run_block_file(read_block_file(file.path)) is found  # once in a process
    changed = run_block_file(write(tmp_path, f"{BLOCK}\n"))
    assert changed["MyDown"].cls is not found["MyDown"].cls


def test_a_file_may_have_a_block_of_a_name_that_we_have(tmp_path: Path) -> None:
    found = run_block_file(write(tmp_path, BLOCK.replace("MyDown", "SPDConv")))
    assert found["SPDConv"].cls is not SPDConv is BLOCKS["SPDConv"].cls


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("\n1 / 0\n", r"mine.py, line 2: ZeroDivisionError: division by zero"),
        ("def f(:\n", r"mine.py, line 1: SyntaxError: "),
        ("import no_such_package\n", r"mine.py, line 1: ModuleNotFoundError: No module named 'no_such_package'"),
        (HEAD, r"mine.py has no block: decorate a class with @block\(scale=...\)"),
    ],
)
def test_a_file_that_fails_is_told_with_the_line(text: str, said: str, tmp_path: Path) -> None:
    file = write(tmp_path, text)
    for _ in range(2):
        with pytest.raises(SliceError, match=said):
            run_block_file(file)
    assert file.module not in sys.modules


def test_what_was_neither_named_nor_opened_cannot_be_unpickled() -> None:
    with pytest.raises(SliceError, match=r"this needs the blocks of evil\.py as they were \(sha256 01234567"):
        pickle.loads(b"cyolo_slice.outside.evil_01234567\nMyDown\n.")


def test_named_files_and_packages_bring_blocks_to_everything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "their_package.py").write_text(BLOCK.replace("MyDown", "TheirDown"))
    (tmp_path / "broken_package.py").write_text("1 / 0")
    named = [write(tmp_path, BLOCK, "a.py"), write(tmp_path, BLOCK.replace("MyDown", "SPDConv"), "b.py")]
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("YOLO_SLICE_BLOCKS", ":".join([*(str(file.path) for file in named), "/no/where.py"]))
    add_sources([EntryPoint("x", name, "yolo_slice.blocks") for name in ("their_package", "broken_package")])
    assert BLOCKS["MyDown"].cls.__module__ == named[0].module
    assert BLOCKS["TheirDown"].cls.__module__ == "their_package"
    assert BLOCKS["SPDConv"].cls is SPDConv
    assert [source.blocks for source in sources.SOURCES] == [("TheirDown",), (), ("MyDown",), (), ()]
    assert sources.SOURCES[0] == Source("package their_package", ("TheirDown",))
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == (
        "yolo-slice: the blocks of package broken_package are left out (ZeroDivisionError: division by zero)"
    )
    assert "SPDConv is the name of a block of yolo_slice.blocks.spd_conv; choose another name" in lines[1]
    assert "/no/where.py cannot be read (No such file or directory)" in lines[2]
