"""A file of blocks: its content, and the name of the module that it is."""

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path, PurePath

from yolo_slice.errors import SliceError
from yolo_slice.foreign_files import refuse_unreadable

LARGEST = 1_000_000  # bytes
DIGITS = 8  # of a hash, in a module's name: as many as leave Ultralytics' table of layers straight
PACKAGE = __name__.rpartition(".")[0]
MODULE = re.compile(rf"{re.escape(PACKAGE)}\.(?P<stem>\w+)_(?P<digest>[0-9a-f]{{{DIGITS}}})", re.ASCII)


@dataclass(frozen=True, slots=True)
class BlockFile:
    """A file of blocks, read.

    Attributes:
        path: Where it is, absolute.
        source: Its bytes: what is run is what was hashed.
        sha256: Of the source, its line ends as on Unix: a checkout on Windows may change them.
    """

    path: Path
    source: bytes
    sha256: str

    @property
    def module(self) -> str:
        """Name of the module, which checkpoints hold: `yolo_slice.outside.my_down_01234567`."""
        return module_name(self.path, self.sha256)


def module_name(path: PurePath, sha256: str) -> str:
    """Return the name of the module that a file with a content is."""
    return f"{PACKAGE}.{stem_of(path)}_{sha256[:DIGITS]}"


def stem_of(path: PurePath) -> str:
    """Return a file's name as a part of a module's name.

    Example:
        >>> stem_of(Path("models/my blocks-2.py"))
        'my_blocks_2'
    """
    return re.sub(r"\W", "_", path.stem, flags=re.ASCII)


def read_block_file(path: Path) -> BlockFile:
    """Read a file of blocks; nothing of it is run.

    Raises:
        SliceError: If it is not there, or no Python file.
    """
    path = path.expanduser().absolute()
    if path.suffix != ".py":
        raise SliceError(f"{path}: a file of blocks ends in .py")
    try:
        refuse_unreadable(path, LARGEST)
        source = path.read_bytes()
    except OSError as fault:
        raise SliceError(f"{path} cannot be read ({fault.strerror})") from None
    return BlockFile(path, source, hashlib.sha256(source.replace(b"\r\n", b"\n")).hexdigest())
