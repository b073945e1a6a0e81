"""Markdown tables of the model files, and tables written into this repository's own pages."""

import re
from collections.abc import Iterable
from pathlib import Path

from yolo_slice.atomic_file import write_whole
from yolo_slice.complexity.model_sizes import ModelRow
from yolo_slice.errors import SliceError
from yolo_slice.paths import CFG, is_release, model_files


def model_tables(rows: Iterable[ModelRow]) -> str:
    """Write a table of the files that vary Ultralytics' models, then one of the families with a release number."""
    rows = list(rows)
    of_stock, of_release = ([row for row in rows if is_release(row.file) == wanted] for wanted in (False, True))
    title = "YOLOv5 as it was released, with its anchor-based head ([how](yolov5-5.0.md)):"
    return "\n\n".join([model_table(of_stock), *([title, model_table(of_release)] if of_release else [])])


def model_table(rows: Iterable[ModelRow]) -> str:
    """Write a row for each model file, its scales as columns: parameters in millions / GFLOPs at 640 px."""
    by_file: dict[str, dict[str, ModelRow]] = {}
    for row in rows:
        by_file.setdefault(row.file, {})[row.scale] = row
    letters = list(dict.fromkeys(letter for cells in by_file.values() for letter in cells))
    lines = [f"| model file | {' | '.join(letters)} |", f"|---|{'---|' * len(letters)}"]
    for file, cells in by_file.items():
        texts = [f"{cells[x].params / 1e6:.2f} M / {cells[x].gflops:.1f}" if x in cells else "" for x in letters]
        lines.append(f"| `{file}` | {' | '.join(texts)} |")
    return "\n".join(lines)


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
        raise SliceError(f"{CFG.parent} is not a checkout of yolo-slice: readme=True works in one only")


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


def write_model_headers(rows: list[ModelRow]) -> None:
    """Rewrite the comment after each scale in the checkout's model files: parameters and GFLOPs."""
    for file in model_files():
        text = file.read_text(encoding="utf-8")
        for row in (r for r in rows if r.file == file.name):
            comment = rf"\g<1> # {row.params:,} parameters, {row.gflops:.1f} GFLOPs"
            text = re.sub(rf"(?m)^(  {row.scale}: \[[^]]*\]).*$", comment, text)
        write_whole(file, text)
