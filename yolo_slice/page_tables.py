"""Tables written into this repository's own pages, each between two comments."""

import re
from pathlib import Path

from yolo_slice.atomic_file import write_whole
from yolo_slice.errors import SliceError
from yolo_slice.paths import CFG


def replace_between(text: str, name: str, table: str) -> str:
    """Put a table between the comments `<!-- name -->` and `<!-- /name -->`."""
    pattern = rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)"
    if not re.search(pattern, text, flags=re.DOTALL):
        raise SliceError(f"no '<!-- {name} -->' ... '<!-- /{name} -->' to put the table into")
    return re.sub(pattern, lambda found: f"{found[1]}{table}\n{found[2]}", text, flags=re.DOTALL)


def require_checkout() -> None:
    """Refuse to write where there are no pages of ours.

    Raises:
        SliceError: If this is an installed package.
    """
    if not (CFG.parent / "pyproject.toml").is_file():
        raise SliceError(f"{CFG.parent} is not a checkout of yolo-slice: its pages are written in one only")


def write_tables(file: str, **tables: str) -> Path:
    """Rewrite tables in a file of the checkout, each between its two comments; return the file.

    Raises:
        SliceError: If this is not a checkout, or the file has no place for a table.
    """
    require_checkout()
    path = CFG.parent / file
    text = path.read_text(encoding="utf-8")
    for name, table in tables.items():
        text = replace_between(text, name, table)
    write_whole(path, text)
    return path
