"""The moments just before a process changes, or reads, a file: the audit events that Python raises itself."""

import mmap
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

CHANGES = {"os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.link", "os.symlink", "os.truncate", "shutil.copyfile"}
WRITE = os.O_WRONLY | os.O_RDWR | os.O_CREAT


def is_change(event: str, arguments: tuple[Any, ...]) -> bool:
    """Tell whether an event is one before a file is made, written to, renamed or removed."""
    return event in CHANGES or (event == "open" and bool((arguments[2] or 0) & WRITE))


def is_reading(event: str, arguments: tuple[Any, ...]) -> bool:
    """Tell whether an event is one before a file is read, or a folder is listed."""
    return event in ("os.listdir", "os.scandir") or (event == "open" and not (arguments[2] or 0) & WRITE)


class Counter:
    """A hook that counts events below a folder, and at one of them does something; the count is seen by the parent."""

    def __init__(
        self,
        folder: Path,
        counts: Callable[[str, tuple[Any, ...]], bool],
        at: int | None = None,
        act: Callable[[], None] | None = None,
    ) -> None:
        self.folder, self.counts, self.at, self.act = str(folder), counts, at, act
        self._shared = mmap.mmap(-1, 8)

    @property
    def count(self) -> int:
        return int.from_bytes(self._shared[:8], "little")

    def __call__(self) -> None:
        """Begin to listen; called in the child, which listens to its end."""
        sys.addaudithook(self._listen)

    def _listen(self, event: str, arguments: tuple[Any, ...]) -> None:
        if not self.counts(event, arguments) or not self._is_below(arguments[0] if arguments else None):
            return
        number = self.count + 1
        self._shared[:8] = number.to_bytes(8, "little")
        if number == self.at and self.act:
            self.act()

    def _is_below(self, place: object) -> bool:
        if not isinstance(place, (str, bytes, os.PathLike)):
            return False
        path = os.path.abspath(os.fsdecode(place))  # noqa: PTH100  pathlib's would ask the file system
        return path.startswith(self.folder)
