"""How images get into a new data set: copied, linked, or not at all; never encoded anew."""

import os
import shutil
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from yolo_slice.annotations.result_names import is_safe
from yolo_slice.errors import SliceError

Images = Literal["copy", "link", "none"]


@dataclass(frozen=True, slots=True)
class Transfer:
    """Places images and counts how.

    Attributes:
        images: "copy"; "link": a hard link where possible, else a symbolic one, else a copy; "none".
        ways: Number of images by way: copied, hard-linked, symbolically linked.
    """

    images: Images
    ways: Counter[str] = field(default_factory=Counter)

    def place(self, source: Path | None, target: Path) -> None:
        """Bring one image to its place."""
        if self.images == "none" or source is None:
            return
        target.parent.mkdir(parents=True, exist_ok=True)
        self.ways[_link(source, target) if self.images == "link" else _copy(source, target)] += 1


def inside(folder: Path, name: str) -> Path:
    """Return the path of a new file to write; every writer asks here, so that none leaves its folder.

    Raises:
        SliceError: If the name leads outside the folder, also through a link, or is that of a file.
    """
    path = folder / name
    if not is_safe(name) or not path.parent.resolve().is_relative_to(folder.resolve()):
        raise SliceError(f"{name} leads outside {folder}; nothing is written there")
    if os.path.lexists(path):  # it may be a link to a file of the source, which would be written to
        raise SliceError(f"{path} is there already; nothing is written to it")
    return path


def _copy(source: Path, target: Path) -> str:
    shutil.copyfile(source, target)
    return "copied"


def _link(source: Path, target: Path) -> str:
    source = source.resolve()
    for make, way in ((os.link, "hard-linked"), (os.symlink, "symbolically linked")):
        try:
            make(source, target)
        except OSError:  # another file system, or no right to make symbolic links (Windows)
            continue
        return way
    return _copy(source, target)
