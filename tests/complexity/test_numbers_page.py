"""docs/numbers.md states what the code counts."""

import re
from pathlib import Path

import pytest
import torch
import torchvision

from yolo_slice.complexity.counting import CONVENTIONS, count_operations
from yolo_slice.complexity.paper_tables import TABLES
from yolo_slice.complexity.reproduction import reproduce
from yolo_slice.complexity.reproduction_views import as_markdown

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "numbers.md").read_text(encoding="utf-8")


@pytest.mark.slow
def test_tables_are_the_commands_output() -> None:
    tables = as_markdown(list(reproduce([t for t in TABLES if not t.name.startswith("SSBNet")])))
    without_total = tables.rpartition("\n\n")[0]
    assert f"<!-- complexity -->\n{without_total}\n\n" in PAGE


@pytest.mark.apart
def test_all_tables_are_the_commands_output() -> None:
    pytest.importorskip("timm")
    assert f"<!-- complexity -->\n{as_markdown(list(reproduce()))}\n<!-- /complexity -->" in PAGE


@pytest.mark.long
def test_table_of_one_paper_is_the_commands_output() -> None:
    table = as_markdown(list(reproduce(TABLES[:1]))).rsplit("\n\n", 1)[0]
    assert f"<!-- complexity -->\n{table}\n\n" in PAGE


@pytest.mark.long
def test_conventions_are_counted_on_the_release_5_model() -> None:
    stated = dict(re.findall(r"(?m)^\| `(\w+)` \| ([\d.]+) \|$", PAGE))
    model = TABLES[1].rows[0].build()
    assert stated == {name: f"{count_operations(model, (640, 640), name) / 1e9:.2f}" for name in CONVENTIONS}


def test_example_of_the_counter_is_right() -> None:
    with torch.device("meta"):
        model = torchvision.models.resnet18(weights=None).eval()
    assert f"{count_operations(model, (224, 224), 'ptflops') / 1e9:.3f}" == "1.822"
    assert '"ptflops") / 1e9)  # 1.822' in PAGE


def test_image_size_of_table_3() -> None:
    model = TABLES[2].rows[0].build()
    assert f"{count_operations(model, (224, 224), 'mmcv') / 1e9:.1f}" == "44.8"
    assert "it has 44.8." in PAGE


def test_files_that_the_page_names_exist() -> None:
    for name in re.findall(r"`(tests/[\w/.]+)`", PAGE):
        assert (ROOT / name).is_file(), name
