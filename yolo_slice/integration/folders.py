"""Folders as Ultralytics chooses them: that of the data sets, and a numbered one for each run."""

from pathlib import Path


def make_run_folder(project: str, name: str, exist_ok: bool = False) -> Path:
    """Create `project/name`, or the next free number of it unless `exist_ok`.

    Args:
        project: Folder of all runs of a kind, such as "runs/cam".
        name: Name of the run; Ultralytics counts name, name2 (or name-2 in newer versions), ...
        exist_ok: Write into an existing folder.
    """
    from ultralytics.utils.files import increment_path

    return Path(increment_path(Path(project) / name, exist_ok=exist_ok, mkdir=True))


def datasets_dir() -> Path:
    """Return the folder that Ultralytics resolves relative data set paths against."""
    from ultralytics.utils import SETTINGS

    return Path(SETTINGS["datasets_dir"])
