"""Images and annotations that no split has: named, so that nothing of a source is missing in silence."""

from collections.abc import Iterable
from pathlib import Path

from yolo_slice.annotations.findings import Finding

SHOWN = 20  # names of a folder's files


def name_left_out(files: Iterable[Path], what: str) -> list[Finding]:
    """Report files, one finding a folder.

    Args:
        files: The files.
        what: What they are and why they are left out: "annotations that no list names".
    """
    folders: dict[Path, list[Path]] = {}
    for file in sorted({*files}):
        folders.setdefault(file.parent, []).append(file)
    return [Finding("unlisted", folder, _tell(files, what), action="left out") for folder, files in folders.items()]


def _tell(files: list[Path], what: str) -> str:
    rest = f" and {len(files) - SHOWN} more" if len(files) > SHOWN else ""
    return f"{len(files)} {what}: {', '.join(file.name for file in files[:SHOWN])}{rest}"
