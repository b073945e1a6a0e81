"""Files that are there completely or not at all."""

from pathlib import Path

import pytest

from yolo_slice.atomic_file import remove_whole, whole_file, write_whole
from yolo_slice.errors import SliceError


def test_a_file_gets_its_name_when_it_is_complete(tmp_path: Path) -> None:
    with whole_file(tmp_path / "best.pt") as partial:
        partial.write_text("half")
        assert partial.suffix == ".pt"  # writers that look at it must find the format
        assert not (tmp_path / "best.pt").exists()
    assert [file.name for file in tmp_path.iterdir()] == ["best.pt"]


def write_half(file: Path) -> None:
    with whole_file(file) as partial:
        partial.write_text("half")
        raise KeyboardInterrupt


def test_after_an_error_the_old_file_is_what_it_was(tmp_path: Path) -> None:
    write_whole(tmp_path / "a.csv", "ä\r\n")
    with pytest.raises(KeyboardInterrupt):
        write_half(tmp_path / "a.csv")
    assert [file.name for file in tmp_path.iterdir()] == ["a.csv"]
    assert (tmp_path / "a.csv").read_bytes() == "ä\r\n".encode()


def test_removing_takes_what_a_killed_writer_left(tmp_path: Path) -> None:
    for name in ("out.unfinished", "out.partial.unfinished", "out.partial.unfinished.lock"):
        (tmp_path / name).write_text("process 1")
    remove_whole(tmp_path / "out.unfinished")
    assert not [*tmp_path.iterdir()]
    remove_whole(tmp_path / "out.unfinished")  # is not there
    assert not [*tmp_path.iterdir()]


@pytest.mark.parametrize("name", [".", "/"])
def test_a_place_without_a_name_is_said(name: str) -> None:
    with pytest.raises(SliceError, match=r"could not be written \(Is a directory\)"):
        write_whole(Path(name), "")
