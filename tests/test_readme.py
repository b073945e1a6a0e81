"""README states what is true of the code."""

import re
from pathlib import Path

import pytest
import torch
import yaml
from ultralytics.nn import tasks
from ultralytics.utils import checks

from yolo_slice.complexity.tables import block_table
from yolo_slice.paths import family, is_release, model_files

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
CELLS = [
    (name, scale, cell.strip())
    for name, cells in re.findall(r"(?m)^\| `(\S+\.yaml)` \|(.*)\|$", README)
    for scale, cell in zip("nsmlx", cells.split("|"), strict=True)
]


def test_block_table_is_up_to_date() -> None:
    assert f"<!-- blocks -->\n{block_table()}\n<!-- /blocks -->" in README


def test_every_model_file_and_its_stock_file_is_listed() -> None:
    shipped = {file.name for file in model_files()}
    stock = {f"{family(name)}.yaml" for name in shipped if not is_release(name)}
    assert {name for name, _, _ in CELLS} == shipped | stock


@pytest.mark.parametrize(("name", "scale", "cell"), CELLS)
def test_parameters_in_the_model_table_are_the_models(name: str, scale: str, cell: str) -> None:
    file = Path(checks.check_file(name))
    if scale not in yaml.safe_load(file.read_text(encoding="utf-8"))["scales"]:
        assert not cell
        return
    with torch.device("meta"):
        d = yaml.safe_load(file.read_text(encoding="utf-8"))
        layers, _ = tasks.parse_model({**d, "scale": scale}, ch=3, verbose=False)
    params = sum(p.numel() for p in layers.parameters())
    assert cell.startswith(f"{params / 1e6:.2f} M / ")
    if "-" in name:  # the file's own header has the GFLOPs, too
        stated = re.search(
            rf"(?m)^  {scale}: .*# ([\d,]+) parameters, ([\d.]+) GFLOPs", file.read_text(encoding="utf-8")
        )
        assert stated
        assert cell == f"{int(stated[1].replace(',', '')) / 1e6:.2f} M / {stated[2]}"


def test_files_that_readme_links_to_exist() -> None:
    for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", README):
        assert (Path(__file__).parents[1] / target).exists(), target
