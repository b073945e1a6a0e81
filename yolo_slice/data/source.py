"""Opens a data set of any format, which its files tell."""

import os
from collections.abc import Callable, Collection, Sequence
from difflib import get_close_matches
from pathlib import Path

from yolo_slice.annotations.voc_xml import root_tag
from yolo_slice.data.dataset import Dataset, distinguish_splits
from yolo_slice.data.format import Format
from yolo_slice.data.formats import FORMATS
from yolo_slice.data.write_plan import WritePlan, Writer
from yolo_slice.errors import SliceError


def open_dataset(root: Path, format: str | None = None, names: Sequence[str] | None = None) -> Dataset:
    """Open a data set.

    Args:
        root: Folder or file.
        format: Name of its format; None tells it from the files.
        names: Class names for labels that have none; most formats name their classes.

    Raises:
        SliceError: If root is of no format or of more than one, or cannot be opened.
    """
    root = Path(root).resolve()
    if not root.exists():
        raise SliceError(f"{root} is not there")
    if not _is_open(root):
        raise SliceError(f"{root} cannot be read: permission denied")
    chosen = find_format(format, "format") if format else recognise(root)
    dataset = chosen.open(root, names)
    if dataset is None or not dataset.splits:
        raise SliceError(f"{root} is no data set: looked for {chosen.name}: {chosen.signs}; found {_list(root)}")
    return distinguish_splits(dataset)


def find_format(name: str, option: str, among: Collection[str] = FORMATS) -> Format:
    """Return the format of a name.

    Raises:
        SliceError: If there is none, with the near ones.
    """
    if name not in among:
        near = get_close_matches(name, among)
        hint = f"; did you mean {' or '.join(near)}?" if near else ""
        raise SliceError(f"{option}={name}: must be one of {', '.join(among)}{hint}")
    return FORMATS[name]


def find_writer(name: str) -> Callable[[WritePlan], Writer]:
    """Return what writes data sets of a format.

    Raises:
        SliceError: If there is no such format, or it is only read.
    """
    writers = {name: format.writer for name, format in FORMATS.items() if format.writer}
    find_format(name, "to", writers)
    return writers[name]


def recognise(root: Path) -> Format:
    """Tell a data set's format.

    Raises:
        SliceError: If it is none, or could be two.
    """
    found = [format for format in FORMATS.values() if format.is_here(root)]
    if len(found) == 1:
        return found[0]
    if found:
        names = [format.name for format in found]
        raise SliceError(
            f"{root} could be {' or '.join(names)}; say which: {' or '.join(f'format={name}' for name in names)}"
        )
    signs = "; ".join(f"{name}: {format.signs}" for name, format in FORMATS.items())
    raise SliceError(f"{root} is no data set: looked for {signs}; found {_list(root)}")


def _list(root: Path) -> str:
    entries = [_describe(path) for path in (sorted(root.iterdir()) if root.is_dir() else [root])]
    return f"{', '.join(entries[:8]) or 'nothing'}{' ...' if len(entries) > 8 else ''}"


def _describe(path: Path) -> str:
    """Name a file or folder; of an XML file also the root element, which tells whose it is."""
    if not _is_open(path):
        return f"{path.name} (permission denied)"
    tag = root_tag(path) if path.suffix.lower() == ".xml" else ""
    return f"{path.name} with the root element <{tag}>" if tag else path.name


def _is_open(path: Path) -> bool:
    return os.access(path, os.R_OK | os.X_OK if path.is_dir() else os.R_OK)
