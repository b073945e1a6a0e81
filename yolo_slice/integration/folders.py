"""Folders as Ultralytics chooses them: that of the data sets, and a numbered one for each run."""

import os
import sys
from pathlib import Path

from yolo_slice.errors import SliceError
from yolo_slice.integration.installed import stored_setting


def make_run_folder(project: str, name: str, exist_ok: bool = False) -> Path:
    """Create `project/name`, or the next free number of it unless `exist_ok`.

    Args:
        project: Folder of all runs of a kind, such as "runs/cam".
        name: Name of the run; Ultralytics counts name, name2 (or name-2 in newer versions), ...
        exist_ok: Write into an existing folder.
    """
    from ultralytics.utils.files import increment_path

    return Path(increment_path(Path(project) / name, exist_ok=exist_ok, mkdir=True))


def check_run_folder(project: str, name: str) -> None:
    """Refuse a place for run folders that cannot be made one; nothing is made yet.

    Raises:
        SliceError: If a part of it is a file, or nothing may be written there.
    """
    place = Path(project, name)
    there = next(part for part in (place, *place.absolute().parents) if part.exists())
    if not there.is_dir():
        raise SliceError(f"project={project} name={name}: {there} is a file, not a folder")
    if not os.access(there, os.W_OK):
        raise SliceError(f"project={project} name={name}: nothing may be written into {there}")


def datasets_dir() -> Path:
    """Return the folder that Ultralytics resolves relative data set paths against."""
    if "ultralytics" not in sys.modules and (stored := stored_setting("datasets_dir")):
        return Path(stored)
    from ultralytics.utils import SETTINGS

    return Path(SETTINGS["datasets_dir"])
