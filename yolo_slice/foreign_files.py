"""Files that somebody else has made: read if they are files, and not beyond reason."""

import stat
from pathlib import Path

from yolo_slice.errors import SliceError

LARGEST_TEXT = 8_000_000_000  # bytes: the annotations of a whole data set may be in one file
LARGEST_IMAGE = 1_000_000_000  # bytes: as many pixels as Pillow opens have 0.7 GB without any compression


def refuse_unreadable(file: Path, most: int = LARGEST_TEXT) -> None:
    """Refuse a device, a pipe or a socket, also behind a link, whose reading may never end, and what is beyond reason.

    Args:
        file: The file. A folder is left to whoever reads it.
        most: Bytes.

    Raises:
        SliceError: If it is one, or too large.
        OSError: If it is not there.
    """
    found = file.stat()
    if stat.S_ISDIR(found.st_mode):
        return
    if not stat.S_ISREG(found.st_mode):
        raise SliceError(f"{file} is a device or a pipe, not a file")
    if found.st_size > most:  # it may be sparse: a terabyte that takes no place
        raise SliceError(f"{file} has {found.st_size / 1e6:,.1f} MB; more than {most / 1e6:,g} MB are not read")


def read_text(file: Path, errors: str = "strict", most: int = LARGEST_TEXT) -> str:
    """Read UTF-8, with a byte order mark or without.

    Args:
        file: The file.
        errors: What becomes of other bytes, see `bytes.decode`.
        most: Bytes.

    Raises:
        SliceError: If it cannot be read, or is no UTF-8.
    """
    try:
        refuse_unreadable(file, most)
        return file.read_text("utf-8-sig", errors)
    except SliceError:
        raise
    except (OSError, ValueError) as fault:
        raise SliceError(f"{file} cannot be read as text ({fault})") from None
