"""The names of a new block and of its files, checked before torch is loaded, which takes seconds."""

import keyword
import re
from pathlib import Path

from yolo_slice.errors import SliceError
from yolo_slice.integration.model_files.stock_files import find_stock_yaml, stock_model_names
from yolo_slice.new_block.settings import NewBlockSettings


def check_names(settings: NewBlockSettings) -> None:
    """Refuse what cannot be written.

    Raises:
        SliceError: If the name cannot be a class's, the stock model is not known, or one of the files is there.
    """
    if not re.fullmatch(r"[A-Z][A-Za-z0-9]*", settings.name) or keyword.iskeyword(settings.name):
        wanted = "expected a class's name, such as MyDown: a capital, then letters and digits"
        raise SliceError(f"name={settings.name}: {wanted}")
    if not find_stock_yaml(f"{settings.model}.yaml"):
        known = ", ".join(name for name in stock_model_names() if re.fullmatch(r"yolo(v?\d+)", name))
        raise SliceError(f"model={settings.model}: Ultralytics has no such model; it has {known}")
    for file in paths_of(settings):
        if file.exists():
            raise SliceError(f"{file} exists; remove it, or choose another name or folder=")


def paths_of(settings: NewBlockSettings) -> tuple[Path, Path, Path]:
    """Name the three files.

    Example:
        >>> [str(path) for path in paths_of(NewBlockSettings(name="MyDown"))]
        ['my_down.py', 'test_my_down.py', 'yolov8-mydown.yaml']
    """
    stem = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", settings.name).lower()
    names = (f"{stem}.py", f"test_{stem}.py", f"{settings.model}-{settings.name.lower()}.yaml")
    block, test, model = (settings.folder / name for name in names)
    return block, test, model
