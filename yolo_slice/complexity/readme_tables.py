"""Markdown tables of the model files, and the numbers in their comments."""

import re
from collections.abc import Iterable

from yolo_slice.atomic_file import write_whole
from yolo_slice.complexity.model_sizes import ModelRow
from yolo_slice.paths import is_release, model_files


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


def write_model_headers(rows: list[ModelRow]) -> None:
    """Rewrite the comment after each scale in the checkout's model files: parameters and GFLOPs."""
    for file in model_files():
        text = file.read_text(encoding="utf-8")
        for row in (r for r in rows if r.file == file.name):
            comment = rf"\g<1> # {row.params:,} parameters, {row.gflops:.1f} GFLOPs"
            text = re.sub(rf"(?m)^(  {row.scale}: \[[^]]*\]).*$", comment, text)
        write_whole(file, text)
