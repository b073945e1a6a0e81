"""A folder's files by their stem, or all below it; and what to say of a folder that nobody may look into."""

import os
from collections.abc import Callable, Collection, Mapping
from pathlib import Path

from yolo_slice.annotations.findings import Finding

Index = Mapping[str, tuple[Path, ...]]  # files by stem


def index_files(place: Path, suffixes: Collection[str]) -> Index:
    """List a folder's files by stem, without the hidden ones; suffixes are lower case and have no dot."""
    index: dict[str, tuple[Path, ...]] = {}
    for file in sorted(place.iterdir()) if place.is_dir() else []:
        if file.suffix[1:].lower() in suffixes and not file.name.startswith("."):
            index[file.stem] = (*index.get(file.stem, ()), file)
    return index


def list_below(place: Path, suffixes: Collection[str], refused: Callable[[OSError], None] | None = None) -> list[Path]:
    """List the files in a folder and all below it, without hidden ones, sorted.

    Args:
        place: The folder.
        suffixes: In small letters, without the dot.
        refused: Gets the error of each folder that cannot be looked into; such folders are passed over.
    """
    found: list[Path] = []
    for folder, below, names in os.walk(place, onerror=refused):
        below[:] = [name for name in below if not name.startswith(".")]
        files = (Path(folder, name) for name in names if not name.startswith("."))
        found += (file for file in files if file.suffix[1:].lower() in suffixes and is_there(file))
    return sorted(found)


def is_there(file: Path) -> bool:
    """Tell whether there is a file; where that may not be known there is one, and who reads it learns why not."""
    try:
        return file.is_file()
    except PermissionError:
        return True


def tell_unreadable(fault: OSError) -> Finding:
    """Report a folder that cannot be looked into."""
    return Finding("unreadable-folder", Path(fault.filename), f"{fault.strerror}: nothing in it is known")
