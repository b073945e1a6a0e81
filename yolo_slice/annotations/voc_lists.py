"""The lists of a VOC folder: which splits they are for, in any spelling, and which annotations their lines mean."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from yolo_slice.annotations.split_names import split_use
from yolo_slice.errors import SliceError
from yolo_slice.foreign_files import read_text
from yolo_slice.integration.data.images import image_suffixes

_FLAG = re.compile(r"(.*\S)\s+(?:-1|0|1)")  # lists of one class say whether the image shows it
_ONE_CLASS = re.compile(r".+[_-](train|val|trainval|test)", re.IGNORECASE)
SHOWN = 3  # names of lists that are not used


@dataclass(frozen=True, slots=True)
class SplitList:
    """What one split consists of.

    Attributes:
        files: The text files: train.txt, or Train.txt and training.txt.
        entries: Their lines, without blank ones; each once.
    """

    files: tuple[Path, ...]
    entries: tuple[str, ...]

    @property
    def name(self) -> str:
        """The names of the files."""
        return " and ".join(file.name for file in self.files)


@dataclass(frozen=True, slots=True)
class FolderLists:
    """The lists of a folder.

    Attributes:
        by_use: The lists by what they are for: train, val, test, trainval; also empty ones.
        lines: What is not used, for the user.
    """

    by_use: Mapping[str, SplitList]
    lines: tuple[str, ...] = ()


def find_lists(root: Path) -> FolderLists:
    """Find a folder's lists: in ImageSets/Main/, else in ImageSets/, else those with known names in root."""
    files = _listed(root)
    named = {file: _use_of(file) for file in files or _texts(root)}
    by_use = {
        use: _join([file for file in named if named[file] == use]) for use in ("train", "val", "test", "trainval")
    }
    by_use = {use: found for use, found in by_use.items() if found.files}
    return FolderLists(by_use, tuple(_tell_unused([file for file in files if named[file] is None])))


def find_list(root: Path, name: str) -> SplitList:
    """Find the list of this name, in any letter case; else the lists of what the name says.

    Raises:
        SliceError: If there is none, or it is empty.
    """
    files = _listed(root) or _texts(root)
    exact = [file for file in files if file.stem.casefold() == name.casefold()]
    found = _join(exact) if exact else find_lists(root).by_use.get(split_use(name) or "", SplitList((), ()))
    if not found.entries:
        there = ", ".join(file.stem for file in files) or "none"
        raise SliceError(
            f"{root}: {'no list' if not found.files else 'nothing in list'} {name}; the lists are: {there}"
        )
    return found


class Stems:
    """The annotations of a folder by the lines that can mean them."""

    def __init__(self, stems: Iterable[str]) -> None:
        self.stems = dict.fromkeys(stems)

    @cached_property
    def folded(self) -> dict[str, list[str]]:
        """The stems by themselves, in small letters and without the blanks that lines lose."""
        found: dict[str, list[str]] = {}
        for stem in self.stems:
            found.setdefault(stem.strip().casefold(), []).append(stem)
        return found

    def find(self, entry: str) -> str | None:
        r"""Return the stem that a line means: as it is, else without flag, folders and suffix, else in any letter case.

        Example:
            >>> stems = Stems(["a", "b.c", "IMG 1"])
            >>> [stems.find(line) for line in ("a.jpg", r"C:\x\b.c", "b.c -1", "img 1", '"./x/a.png" 1', "d")]
            ['a', 'b.c', 'b.c', 'IMG 1', 'a', None]
        """
        readings = [*dict.fromkeys(_read_entry(entry))]
        exact = next((reading for reading in readings if reading in self.stems), None)
        if exact is not None:
            return exact
        return next((found[0] for text in readings if len(found := self.folded.get(text.casefold(), [])) == 1), None)


def _read_entry(entry: str) -> Iterator[str]:
    flagged = _FLAG.fullmatch(entry)
    for text in (entry, flagged[1] if flagged else entry):
        name = re.split(r"[\\/]", text.strip("\"' "))[-1]
        yield from (text, name)
        stem, _, suffix = name.rpartition(".")
        if suffix.lower() in {*image_suffixes(), "xml"}:
            yield stem


def _listed(root: Path) -> list[Path]:
    return _texts(_child(_child(root, "ImageSets"), "Main")) or _texts(_child(root, "ImageSets"))


def _child(folder: Path, name: str) -> Path:
    """Return a folder's child of this name in any letter case."""
    children = sorted(folder.iterdir()) if folder.is_dir() else []
    return next((child for child in children if child.name.casefold() == name.casefold()), folder / name)


def _texts(place: Path) -> list[Path]:
    files = sorted(place.iterdir()) if place.is_dir() else []
    return [file for file in files if file.suffix.lower() == ".txt" and file.is_file() and file.name[0] != "."]


def _use_of(file: Path) -> str | None:
    return None if _is_of_one_class(file) else split_use(file.stem)


def _is_of_one_class(file: Path) -> bool:
    """Tell the lists aeroplane_train.txt: all their lines have flags."""
    lines = _read_lines(file) if _ONE_CLASS.fullmatch(file.stem) else ()
    return bool(lines) and all(map(_FLAG.fullmatch, lines))


def _join(files: list[Path]) -> SplitList:
    return SplitList(tuple(files), tuple(dict.fromkeys(line for file in files for line in _read_lines(file))))


def _read_lines(file: Path) -> list[str]:
    lines = read_text(file, "replace").splitlines()
    return [line.strip() for line in lines if line.strip()]


def _tell_unused(files: list[Path]) -> Iterator[str]:
    classes = [file for file in files if _is_of_one_class(file)]
    others = [file for file in files if file not in classes]
    if classes:
        yield f"not used, because they are of one class each: {_name(classes)}"
    if others:
        yield f"not used, because their names do not say train, val, test or trainval: {_name(others)}"


def _name(files: list[Path]) -> str:
    rest = f" and {len(files) - SHOWN} more" if len(files) > SHOWN else ""
    return ", ".join(file.name for file in files[:SHOWN]) + rest
