"""Images and annotations of a source that nothing has read: named, so that nothing of it is missing in silence."""

import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from yolo_slice.annotations.file_index import is_there, tell_unreadable
from yolo_slice.annotations.findings import Finding, counted
from yolo_slice.annotations.image_finder import is_among_masks
from yolo_slice.data.format import Format
from yolo_slice.integration.data.images import image_suffixes

SHOWN = 20  # names of a folder's files
OUTPUTS = "runs"  # the folder that Ultralytics writes trainings and predictions to
RESOURCE = "._"  # how the names of the files begin that macOS puts beside others on foreign file systems
IMAGE, MASK, ANNOTATION, LINK = "image", "mask", "annotation", "linked folder"


class ReadFiles:
    """The files that have been read, or that a finding names."""

    def __init__(self, files: Iterable[Path]) -> None:
        self.paths = {os.path.normpath(file) for file in files}
        places = [path.rpartition(os.sep) for path in self.paths]
        parents = {Path(folder or os.sep) for folder, _, _ in places}
        self.folders = {str(folder) for parent in parents for folder in (parent, *parent.parents)}
        self.names = {name for _, _, name in places}

    @cached_property
    def ids(self) -> set[tuple[int, int] | None]:
        """What the system knows the files by, whatever path leads to them."""
        return {_file_id(path) for path in self.paths} - {None}

    def has(self, file: Path) -> bool:
        """Tell whether a file is one of these, by whatever path: through a link, or in another letter case."""
        return _file_id(file) in self.ids


@dataclass(frozen=True, slots=True)
class Stray:
    """A file that nothing has read, or a link to a folder that has not been looked into.

    Attributes:
        path: The file.
        what: IMAGE, ANNOTATION or LINK; MASK for an image in a folder of masks.
        top: The highest folder around it of which nothing has been read; the folder that it is in if there is none.
    """

    path: Path
    what: str
    top: Path

    @property
    def stem(self) -> str:
        """The name without suffix and letter case."""
        return _stem(self.path.name)


def find_left_out(places: Iterable[Path], format: Format, read: Iterable[Path]) -> list[Finding]:
    """Report the images and annotations that nothing has read, one finding a kind and folder.

    Folders that cannot be looked into are reported, too. Hidden ones are not looked into, nor is `runs/`. An image in a
    folder of masks that is called like a file of the data set is a mask.

    Args:
        places: Folders that hold nothing but the data set.
        format: The data set's format, which knows its annotation files.
        read: The files that have been read, or that another finding names.
    """
    files = ReadFiles(read)
    refused: list[OSError] = []
    strays = [stray for place in _outermost(places) for stray in _find_strays(place, format, files, refused.append)]
    images = {_stem(name) for name in files.names if _is_image(name)}
    images |= {stray.stem for stray in strays if stray.what == IMAGE}
    annotations = {stray.stem for stray in strays if stray.what == ANNOTATION}
    named = images | {_stem(name) for name in files.names}
    groups: dict[tuple[Path, str], list[Stray]] = {}
    for stray in strays:
        if stray.what != MASK or stray.stem not in named:
            kind = _kind(stray, format, images, annotations)
            groups.setdefault((stray.top, kind), []).append(stray)
    return [*map(tell_unreadable, refused), *(_tell(kind, top, group) for (top, kind), group in groups.items())]


def _outermost(places: Iterable[Path]) -> list[Path]:
    """Leave out the places that lie in others, or are not there."""
    found = {*filter(Path.is_dir, places)}
    return sorted(place for place in found if found.isdisjoint(place.parents))


def _find_strays(place: Path, format: Format, files: ReadFiles, refused: Callable[[OSError], None]) -> Iterator[Stray]:
    for folder, below, names in os.walk(place, onerror=refused, followlinks=True):
        here = Path(folder)
        top = _find_top(here, place, files)
        hidden = {name for name in below if name.startswith(".") or (here == place and name == OUTPUTS)}
        links = {name for name in {*below} - hidden if _is_unread_link(here / name, files)}
        yield from (Stray(here / name, LINK, top) for name in sorted(links) if not _leads_below(here / name, place))
        below[:] = sorted({*below} - hidden - links)
        for path in (here / name for name in sorted(names) if f"{folder}{os.sep}{name}" not in files.paths):
            what = _tell_what(path, place, format)
            if what and not files.has(path):
                yield Stray(path, what, top)


def _find_top(folder: Path, place: Path, files: ReadFiles) -> Path:
    around = [place / above for above in reversed(folder.relative_to(place).parents)]
    return next((above for above in (*around, folder) if str(above) not in files.folders), folder)


def _tell_what(file: Path, place: Path, format: Format) -> str:
    """Tell what a file is; "" if it is of no interest."""
    if file.name.startswith(RESOURCE) or not is_there(file):
        return ""
    if _is_image(file.name):
        return MASK if is_among_masks(file.relative_to(place)) else IMAGE
    try:
        return ANNOTATION if format.is_annotation(file) else ""
    except PermissionError:  # it has the name of one
        return ANNOTATION


def _is_image(name: str) -> bool:
    return name.rpartition(".")[2].lower() in image_suffixes()


def _stem(name: str) -> str:
    return name.rpartition(".")[0].casefold()


def _is_unread_link(folder: Path, files: ReadFiles) -> bool:
    return str(folder) not in files.folders and folder.is_symlink()


def _leads_below(link: Path, place: Path) -> bool:
    return link.resolve().is_relative_to(place.resolve())


def _file_id(path: str | Path) -> tuple[int, int] | None:
    try:
        found = Path(path).stat()
    except (OSError, ValueError):
        return None
    return found.st_dev, found.st_ino


def _kind(stray: Stray, format: Format, images: set[str], annotations: set[str]) -> str:
    """Tell whether something is in no split, or is of no use: an image without annotation, labels without an image."""
    if stray.what == ANNOTATION:
        return "missing-image" if format.has_backgrounds and stray.stem not in images else "unlisted"
    is_bare = not format.has_backgrounds and stray.what != LINK and stray.stem not in annotations
    return "no-annotation" if is_bare else "unlisted"


def _tell(kind: str, top: Path, group: Sequence[Stray]) -> Finding:
    """Name one file itself, several by their folder."""
    fault = {"missing-image": "without an image", "no-annotation": "without an annotation"}.get(kind, "in no split")
    kinds = Counter(IMAGE if stray.what == MASK else stray.what for stray in group)
    if len(group) == 1:
        return Finding(kind, group[0].path, f"{next(iter(kinds))} {fault}", action="left out")
    what = " and ".join(counted(count, what) for what, count in kinds.items())
    names = ", ".join(stray.path.relative_to(top).as_posix() for stray in group[:SHOWN])
    rest = f" and {len(group) - SHOWN} more" if len(group) > SHOWN else ""
    return Finding(kind, top, f"{what} {fault}: {names}{rest}", action="left out")
