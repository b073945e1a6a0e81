"""Where the shipped YAML files are, in the installed package or beside it in a checkout; where settings are kept."""

import os
import re
import sys
from pathlib import Path

_here = Path(__file__).parent
OTHER_TASKS = ("classify", "semantic")  # folders of model files that are not for detection
CFG = next((p for p in (_here / "cfg", _here.parent / "cfg") if (p / "models").is_dir()), _here / "cfg")


def find_shipped(name: str) -> Path | None:
    """Find a shipped YAML file by its bare name, exactly, else ignoring case.

    Example:
        >>> find_shipped("yolov5-slice.yaml").name
        'yolov5-slice.yaml'
    """
    files = {p.name: p for p in sorted(CFG.rglob("*.yaml"))}
    folded = {p.name.casefold(): p for p in files.values()}
    return files.get(name) or folded.get(name.casefold())


def model_files(task: str = "detect") -> list[Path]:
    """List the shipped model files of a task, sorted by family and name; those of other tasks have a folder each."""
    folder = CFG / "models"
    if task != "detect":
        return sorted((folder / task).glob("*.yaml"))
    return sorted(file for file in folder.rglob("*.yaml") if file.parent.name not in OTHER_TASKS)


def family(name: str) -> str:
    """Return the family of a model file: the part of its name that tells the model it varies.

    A family with a release number has its baseline among our files; of the others, Ultralytics ships it.

    Example:
        >>> family("yolov8-slice.yaml"), family("yolov5-5.0-slice.yaml"), family("yolov5-6.0.yaml")
        ('yolov8', 'yolov5-5.0', 'yolov5-6.0')
    """
    found = re.match(r"[^-.]+(-\d+\.\d+)?", name)
    return found[0] if found else name


def is_release(name: str) -> bool:
    """Tell whether a model file is of a family with a release number, such as yolov5-5.0."""
    return "-" in family(name)


def ultralytics_config() -> Path:
    """Return where Ultralytics keeps its settings, as its `get_user_config_dir` chooses."""
    if own := os.environ.get("YOLO_CONFIG_DIR"):
        return Path(own).expanduser() / "Ultralytics"
    if sys.platform == "win32":
        return Path.home() / "AppData" / "Roaming" / "Ultralytics"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "Ultralytics"
    return Path(os.environ.get("XDG_CONFIG_HOME", Path.home() / ".config")) / "Ultralytics"
