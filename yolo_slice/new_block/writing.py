"""The three files of a new block."""

import keyword
import re
from dataclasses import replace
from pathlib import Path

from yolo_slice.atomic_file import write_whole
from yolo_slice.errors import SliceError
from yolo_slice.integration.data.bounded_yaml import load_yaml
from yolo_slice.integration.model_files.derived import swap_rows
from yolo_slice.integration.model_files.model_text import write_model
from yolo_slice.integration.model_files.stock_files import find_stock_yaml, stock_model_names
from yolo_slice.new_block.settings import NewBlockSettings
from yolo_slice.new_block.templates import BLOCK, DOWN, TEST, UP


def write_new_block(settings: NewBlockSettings) -> tuple[Path, Path, Path]:
    """Write a block's file, its test and its model file.

    Returns:
        The three, in this order.

    Raises:
        SliceError: If the name cannot be a block's, the stock model is not known, or one of the files is there.
    """
    _check_name(settings.name)
    stock = find_stock_yaml(f"{settings.model}.yaml")
    if stock is None:
        raise SliceError(f"model={settings.model}: Ultralytics has no such model; it has {_scaled_models()}")
    files = paths_of(settings)
    for file in files:
        if file.exists():
            raise SliceError(f"{file} exists; remove it, or choose another name or folder=")
    texts = [*_code(settings, *files), _model(settings, stock, files[0])]
    settings.folder.mkdir(parents=True, exist_ok=True)
    for file, text in zip(files, texts, strict=True):
        write_whole(file, text)
    return files


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


def _check_name(name: str) -> None:
    if not re.fullmatch(r"[A-Z][A-Za-z0-9]*", name) or keyword.iskeyword(name):
        raise SliceError(f"name={name}: expected a class's name, such as MyDown: a capital, then letters and digits")
    import ultralytics.nn.modules as stock

    from yolo_slice.blocks import BLOCKS

    if name in BLOCKS or hasattr(stock, name):
        owner = "Ultralytics" if hasattr(stock, name) else "yolo-slice, or a package that adds to it,"
        raise SliceError(f"name={name}: {owner} has a block of this name; choose another")


def _scaled_models() -> str:
    return ", ".join(name for name in stock_model_names() if re.fullmatch(r"yolo(v?\d+)", name))


def _code(settings: NewBlockSettings, block: Path, test: Path, model: Path) -> tuple[str, str]:
    kind = UP if settings.direction == "up" else DOWN
    scaled = re.sub(r"^(yolov?\d+)", r"\1n", model.name)
    names = {"NAME": settings.name, "FILE": block.name, "MODEL": scaled, "TEST": test.name}
    return _fill(_fill(BLOCK, kind), names), _fill(TEST, names)


def _fill(template: str, values: dict[str, str]) -> str:
    for key, value in values.items():
        template = template.replace(f"<{key}>", value)
    return template


def _model(settings: NewBlockSettings, stock: Path, block: Path) -> str:
    down, up = (None, settings.name) if settings.direction == "up" else (settings.name, None)
    derived = swap_rows({**load_yaml(stock), "yaml_file": stock.name}, stock.stem, down, up)
    named = replace(derived, model={**derived.model, "blocks": block.name})
    return write_model(named, f"yolo-slice new-block {settings.name}: {block.name} in the rows of {stock.stem}")
