"""A folder to write into that vanishes unless it is finished."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from yolo_slice.errors import SliceError


@contextmanager
def work_folder(place: Path, name: str) -> Iterator[Path]:
    """Make a new folder in place, and remove at the end, also of an interrupted run, what was not renamed out of it.

    Args:
        place: Where the finished folder will be, or a folder above it: a rename does not cross file systems.
        name: What the folder is for; what a killed process leaves behind is called `<name>.unfinished-...`.

    Raises:
        SliceError: If nothing can be written in place, or writing fails.
    """
    work = place / f"{name}.unfinished-{uuid4().hex[:8]}"
    try:
        work.mkdir()
        yield work
    except OSError as fault:
        raise SliceError(f"writing into {place} failed; nothing unfinished is left behind ({fault})") from fault
    finally:
        shutil.rmtree(work, ignore_errors=True)
