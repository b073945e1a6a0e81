"""A folder to write into that vanishes unless it is finished."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from yolo_slice.errors import SliceError
from yolo_slice.write_lock import only_writer


@contextmanager
def work_folder(place: Path, name: str, wait: bool = False) -> Iterator[Path]:
    """Make a new folder in place, and remove at the end, also of an interrupted run, what was not renamed out of it.

    What a killed process left behind, `<name>.unfinished` and the lock beside it, is removed first.

    Args:
        place: Where the finished folder will be, or a folder above it: a rename does not cross file systems.
        name: What the folder is for.
        wait: Wait for another process that is writing it.

    Raises:
        SliceError: If nothing can be written in place, writing fails, or another process is writing.
    """
    work = place / f"{name}.unfinished"
    try:
        with only_writer(place / name, work.with_name(f"{work.name}.lock"), wait) as was_left:
            if was_left:
                shutil.rmtree(work, ignore_errors=True)
            work.mkdir()
            try:
                yield work
            finally:
                shutil.rmtree(work, ignore_errors=True)
    except OSError as fault:
        raise SliceError(f"writing into {place} failed; nothing unfinished is left behind ({fault})") from fault
