"""What is beyond reason in a file about one image: it is said, and not read."""

import stat
from pathlib import Path

from yolo_slice.errors import SliceError

LARGEST_FILE = 32_000_000  # bytes of the annotations of one image
MOST_OBJECTS = 100_000  # in one image
LONGEST_ROW = 1_000_000  # characters of a row of labels: a polygon of 50,000 corners
MOST_CLASSES = 100_000  # where labels have numbers and nobody has names for them


def refuse_endless(file: Path) -> None:
    """Refuse a device, a pipe or a socket, also behind a link: reading it may never end.

    Raises:
        OSError: If it is one, or not there.
    """
    mode = file.stat().st_mode
    if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
        raise OSError("a device or a pipe, not a file")


def refuse_large(file: Path) -> None:
    """Refuse a file before it is read.

    Raises:
        SliceError: If it is too large.
        OSError: See `refuse_endless`.
    """
    try:
        size = file.stat().st_size
    except OSError:
        return  # whoever reads it will say so
    refuse_endless(file)
    if size > LARGEST_FILE:
        raise SliceError(
            f"{file} has {size / 1e6:.0f} MB; for one image, more than {LARGEST_FILE / 1e6:.0f} MB are not read"
        )


def refuse_many(file: Path, count: int) -> None:
    """Refuse a file about one image with too many objects.

    Raises:
        SliceError: If these are.
    """
    if count > MOST_OBJECTS:
        raise SliceError(f"{file} has {count} objects; in one image, more than {MOST_OBJECTS} are not read")
