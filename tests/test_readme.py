"""README and docs/models.md state what is true of the code."""

import inspect
import re
from pathlib import Path

import pytest
from meta_layers import build, gflops, parameters
from ultralytics.utils import checks

from yolo_slice.block_list import block_table, list_blocks
from yolo_slice.blocks import BLOCKS
from yolo_slice.complexity.model_sizes import listed_models, measure_model
from yolo_slice.complexity.readme_tables import model_tables
from yolo_slice.paths import family, is_release, model_files

CHECKOUT = Path(__file__).parents[1]
README = (CHECKOUT / "README.md").read_text(encoding="utf-8")
MODELS = (CHECKOUT / "docs" / "models.md").read_text(encoding="utf-8")
CELLS = [
    (name, scale, cell.strip())
    for name, cells in re.findall(r"(?m)^\| `(\S+\.yaml)` \|(.*)\|$", MODELS)
    for scale, cell in zip("nsmlx", cells.split("|"), strict=True)
]
SAMPLE = {  # the rest is slow
    *((f"{family}.yaml", "n") for family in ("yolov5", "yolov8", "yolo11", "yolo26")),
    ("yolov5-slice.yaml", "s"),
    ("yolov8-slicesamp.yaml", "m"),
    ("yolo11-spd.yaml", "l"),
    ("yolo26-slice.yaml", "x"),
    ("yolov5-5.0.yaml", "s"),
    ("yolov5-5.0-patchmerging.yaml", "m"),
    ("yolov5-6.0-spd-official.yaml", "l"),
}


def test_block_table_is_up_to_date() -> None:
    assert f"<!-- blocks -->\n{block_table()}\n<!-- /blocks -->" in README


def test_blocks_are_listed_as_they_register_themselves() -> None:
    listed = {block.name: (block.scale, block.paper, block.text) for block in list_blocks()}
    texts = {name: (inspect.getdoc(entry.cls) or "").splitlines()[0].rstrip(".") for name, entry in BLOCKS.items()}
    assert listed == {name: (entry.scale, entry.paper, texts[name]) for name, entry in BLOCKS.items()}


def test_model_table_is_up_to_date() -> None:
    assert f"<!-- models -->\n{model_tables(listed_models())}\n<!-- /models -->" in MODELS


@pytest.mark.slow
@pytest.mark.parametrize(("name", "scale"), sorted(SAMPLE))
def test_the_shipped_table_is_what_ultralytics_counts(name: str, scale: str) -> None:
    """A sample: all of them take minutes, and another counter finds every one of them below."""
    (listed,) = [row for row in listed_models() if (row.file, row.scale) == (name, scale)]
    counted = measure_model(Path(checks.check_file(name)), scale)
    assert (counted.params, counted.gflops) == (listed.params, pytest.approx(listed.gflops, abs=1e-5))


def test_every_model_file_and_its_stock_file_is_listed() -> None:
    shipped = {file.name for file in model_files()}
    stock = {f"{family(name)}.yaml" for name in shipped if not is_release(name)}
    assert {name for name, _, _ in CELLS} == shipped | stock


@pytest.mark.parametrize(("name", "scale", "cell"), [c for c in CELLS if "-" in c[0]])
def test_model_table_says_what_the_files_headers_say(name: str, scale: str, cell: str) -> None:
    text = Path(checks.check_file(name)).read_text(encoding="utf-8")
    stated = re.findall(rf"(?m)^  {scale}: .*# ([\d,]+) parameters, ([\d.]+) GFLOPs", text)
    assert [f"{int(params.replace(',', '')) / 1e6:.2f} M / {gflops}" for params, gflops in stated] == [cell] * bool(
        cell
    )


@pytest.mark.parametrize(
    ("name", "scale", "cell"),
    [c if c[:2] in SAMPLE else pytest.param(*c, marks=pytest.mark.slow) for c in CELLS if c[2]],
)
def test_model_table_is_what_another_counter_finds(name: str, scale: str, cell: str) -> None:
    """The table was written from real models by Ultralytics' own counter, which is thop."""
    layers = build(Path(checks.check_file(name)), scale)
    params, said = cell.split(" M / ")
    assert params == f"{parameters(layers) / 1e6:.2f}"
    assert float(said) == pytest.approx(gflops(layers), abs=0.051)  # rounded; the head's decoding is not counted here


def test_files_that_readme_links_to_exist() -> None:
    for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", README):
        assert (Path(__file__).parents[1] / target).exists(), target


def test_every_page_is_in_the_sites_menu_and_linked_from_its_start_page() -> None:
    root = Path(__file__).parents[1]
    menu = re.findall(r'= "([\w.-]+\.md)" \}', (root / "zensical.toml").read_text("utf-8"))
    start = re.findall(r"\]\(([\w.-]+\.md)\)", (root / "docs" / "index.md").read_text("utf-8"))
    pages = sorted(page.name for page in (root / "docs").glob("*.md"))
    assert sorted(menu) == pages
    assert sorted({*start, "index.md"}) == pages
