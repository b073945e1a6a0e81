"""README and model files state what is true of the code."""

import re
from pathlib import Path

from yolo_slice.bench.complexity import ModelRow
from yolo_slice.bench.tables import block_table, model_table, replace_between
from yolo_slice.paths import model_files

README = Path(__file__).parents[1] / "README.md"


def stated_rows() -> list[ModelRow]:
    """What the headers of the model files state; tests/test_models.py holds the parameters against real models."""
    pattern = r"(?m)^  ([nsmlx]): .*# ([\d,]+) parameters, ([\d.]+) GFLOPs"
    return [
        ModelRow(file.name, scale, int(params.replace(",", "")), float(gflops))
        for file in model_files()
        for scale, params, gflops in re.findall(pattern, file.read_text(encoding="utf-8"))
    ]


def test_tables_are_up_to_date() -> None:
    text = README.read_text(encoding="utf-8")
    assert len(stated_rows()) == 60
    assert text == replace_between(replace_between(text, "blocks", block_table()), "models", model_table(stated_rows()))


def test_files_that_readme_links_to_exist() -> None:
    for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", README.read_text(encoding="utf-8")):
        assert (README.parent / target).exists(), target
