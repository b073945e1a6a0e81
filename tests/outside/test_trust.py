"""Which files may be run: those that the user has named or opened, with the content that is asked for."""

from pathlib import Path

import pytest

from yolo_slice.errors import SliceError
from yolo_slice.outside.block_file import DIGITS, BlockFile, read_block_file
from yolo_slice.outside.trust import check_may_run, find_trusted, named_paths, remember


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> BlockFile:
    monkeypatch.setenv("YOLO_CONFIG_DIR", str(tmp_path / "config"))
    monkeypatch.delenv("YOLO_SLICE_BLOCKS", raising=False)
    (tmp_path / "my-down.py").write_text("x = 1\n")
    return read_block_file(tmp_path / "my-down.py")


def find(file: BlockFile, safe_only: bool | None = None) -> BlockFile:
    return find_trusted("my_down", file.sha256[:DIGITS], safe_only)


def test_a_module_is_named_by_the_content(file: BlockFile, tmp_path: Path) -> None:
    assert file.sha256 == "9e26bf369911c45c243c684147b23fc9e1dcfcf257d299a1c632016a6fcd33f4"  # sha256sum
    assert file.module == f"yolo_slice.outside.my_down_{file.sha256[:8]}"
    (tmp_path / "my-down.py").write_bytes(b"x = 1\r\n")  # as git writes it on Windows
    assert read_block_file(file.path).module == file.module
    (tmp_path / "my-down.py").write_text("x = 2\n")
    assert read_block_file(file.path).module != file.module


def test_what_is_no_python_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SliceError, match=r"my\.txt: a file of blocks ends in \.py"):
        read_block_file(tmp_path / "my.txt")
    with pytest.raises(SliceError, match=r"my\.py cannot be read .No such file"):
        read_block_file(tmp_path / "my.py")


def test_a_file_that_was_neither_named_nor_opened_is_not_found(file: BlockFile) -> None:
    with pytest.raises(SliceError, match="not opened on this machine: if you trust that file, set YOLO_SLICE_BLOCKS="):
        find(file)


def test_an_opened_file_is_found_by_its_content_only(file: BlockFile) -> None:
    assert remember(file)
    assert find(file) == file
    file.path.write_text("x = 2\n")
    with pytest.raises(SliceError, match=f"and {file.path} has been changed since: bring that content back, or"):
        find(file)
    file.path.unlink()
    with pytest.raises(SliceError, match=f"they were in {file.path}, which is gone"):
        find(file)


def test_what_was_opened_may_have_moved(file: BlockFile, tmp_path: Path) -> None:
    remember(file)
    moved = tmp_path / "elsewhere.py"
    file.path.rename(moved)
    remember(read_block_file(moved))  # by opening its model file there
    assert find(file).path == moved


def test_a_named_file_is_found_changed_or_not(file: BlockFile, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YOLO_SLICE_BLOCKS", f"/no/where.py:{file.path}")
    assert named_paths() == [Path("/no/where.py"), file.path]
    assert find(file, safe_only=True) == file
    file.path.write_text("x = 2\n")
    assert find(file).sha256 != file.sha256


def test_safe_loading_runs_named_files_only(file: BlockFile, monkeypatch: pytest.MonkeyPatch) -> None:
    remember(file)
    with pytest.raises(SliceError, match=f"run only where it is named: set YOLO_SLICE_BLOCKS={file.path}"):
        find(file, safe_only=True)
    check_may_run(file.path, "m.yaml")
    monkeypatch.setenv("ULTRALYTICS_SAFE_LOAD", "1")
    with pytest.raises(SliceError, match=f"m.yaml needs the blocks of {file.path}; with ULTRALYTICS_SAFE_LOAD a file"):
        check_may_run(file.path, "m.yaml")
    with pytest.raises(SliceError):
        find(file)
    monkeypatch.setenv("YOLO_SLICE_BLOCKS", str(file.path))
    check_may_run(file.path, "m.yaml")


def test_where_nothing_can_be_kept_nothing_fails(file: BlockFile, tmp_path: Path) -> None:
    (tmp_path / "config").write_text("a file where the folder should be")
    assert not remember(file)
