"""What is generated, and the files in the checkout that hold it."""

from collections.abc import Mapping
from pathlib import Path

from yolo_slice.atomic_file import write_whole
from yolo_slice.paths import CFG
from yolo_slice.public_api.blocks_stub import STUB, blocks_stub
from yolo_slice.public_api.page import api_page

PAGE = CFG.parent / "docs" / "python-api.md"


def generated() -> Mapping[Path, str]:
    """Write nothing, and return what would be written: a text for each file."""
    return {STUB: blocks_stub(), PAGE: api_page()}


def write_generated() -> list[Path]:
    """Write the files of the checkout anew; return them."""
    for file, text in generated().items():
        write_whole(file, text)
    return [STUB, PAGE]
