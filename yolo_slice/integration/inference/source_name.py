"""What `source=` names, looked at without opening it and without torch: whether there is such a thing."""

import glob
from pathlib import Path

from yolo_slice.errors import SliceError
from yolo_slice.integration.installed import constant

LISTS = (".txt", ".csv")


def check_source(source: str) -> None:
    """Refuse a source that cannot be there; a camera, a stream, the screen and the files of a list are not looked at.

    Raises:
        SliceError: For a file or folder that is not there, and a folder or pattern without an image or video.
    """
    lower = source.lower()
    if "://" in source or source.isnumeric() or lower.endswith(".streams") or lower.split()[:1] == ["screen"]:
        return
    path = Path(source)
    if "*" not in source and not path.exists():
        raise SliceError(f"source={source} does not exist")
    if "*" not in source and path.is_file() and path.suffix.lower() in LISTS:
        return
    files = glob.glob(source, recursive=True) if "*" in source else [*map(str, _files(path))]  # noqa: PTH207  Path.glob takes no absolute pattern
    known = constant("data.utils", "IMG_FORMATS") | constant("data.utils", "VID_FORMATS")
    if not any(Path(file).suffix[1:].lower() in known for file in files):
        where = "matches nothing" if not files else "has no image or video"
        raise SliceError(f"source={source} {where}{_hint(path, known)}; suffixes: {', '.join(sorted(known))}")


def _files(path: Path) -> list[Path]:
    return [*path.iterdir()] if path.is_dir() else [path]


def _hint(path: Path, known: set[str]) -> str:
    """Name a folder below that has what was looked for; Ultralytics does not look below."""
    below = [folder for folder in path.iterdir() if folder.is_dir()] if path.is_dir() else []
    full = (folder for folder in sorted(below) if any(file.suffix[1:].lower() in known for file in folder.iterdir()))
    found = next(full, None)
    return f"; {found} has, for example" if found else ""
