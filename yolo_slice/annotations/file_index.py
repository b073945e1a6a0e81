"""A folder's files by their stem."""

from collections.abc import Collection, Mapping
from pathlib import Path

Index = Mapping[str, tuple[Path, ...]]  # files by stem


def index_files(place: Path, suffixes: Collection[str]) -> Index:
    """List a folder's files by stem, without the hidden ones; suffixes are lower case and have no dot."""
    index: dict[str, tuple[Path, ...]] = {}
    for file in sorted(place.iterdir()) if place.is_dir() else []:
        if file.suffix[1:].lower() in suffixes and not file.name.startswith("."):
            index[file.stem] = (*index.get(file.stem, ()), file)
    return index


def list_below(place: Path, suffixes: Collection[str]) -> list[Path]:
    """List the files in a folder and all below it, without hidden ones, sorted."""
    files = (file for file in place.rglob("*") if file.suffix[1:].lower() in suffixes and file.is_file())
    return sorted(file for file in files if not any(part.startswith(".") for part in file.relative_to(place).parts))
