"""The three files of a new block."""

import re
from dataclasses import replace
from pathlib import Path

from yolo_slice.atomic_file import write_whole
from yolo_slice.errors import SliceError
from yolo_slice.integration.data.bounded_yaml import load_yaml
from yolo_slice.integration.model_files.derived import swap_rows
from yolo_slice.integration.model_files.model_text import write_model
from yolo_slice.integration.model_files.stock_files import find_stock_yaml
from yolo_slice.integration.model_files.suffixes import Swap
from yolo_slice.new_block.file_names import check_names, paths_of
from yolo_slice.new_block.settings import NewBlockSettings
from yolo_slice.new_block.templates import BLOCK, DOWN, TEST, UP


def write_new_block(settings: NewBlockSettings) -> tuple[Path, Path, Path]:
    """Write a block's file, its test and its model file.

    Returns:
        The three, in this order.

    Raises:
        SliceError: If the name cannot be a block's, the stock model is not known, or one of the files is there.
    """
    check_names(settings)
    _refuse_taken(settings.name)
    stock = Path(str(find_stock_yaml(f"{settings.model}.yaml")))
    files = paths_of(settings)
    texts = [*_code(settings, *files), _model(settings, stock, files[0])]
    settings.folder.mkdir(parents=True, exist_ok=True)
    for file, text in zip(files, texts, strict=True):
        write_whole(file, text)
    return files


def _refuse_taken(name: str) -> None:
    import ultralytics.nn.modules as stock

    from yolo_slice.blocks import BLOCKS

    if name in BLOCKS or hasattr(stock, name):
        owner = "Ultralytics" if hasattr(stock, name) else "yolo-slice, or a package that adds to it,"
        raise SliceError(f"name={name}: {owner} has a block of this name; choose another")


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
    swap = Swap(settings.direction, settings.name, names_channels=settings.direction == "down")
    derived = swap_rows({**load_yaml(stock), "yaml_file": stock.name}, stock.stem, {settings.direction: swap})
    named = replace(derived, model={**derived.model, "blocks": block.name})
    return write_model(named, f"yolo-slice new-block {settings.name}: {block.name} in the rows of {stock.stem}")
