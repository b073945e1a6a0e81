"""What is written from the code is up to date, and says everything of every public name."""

import ast
import inspect
from importlib import import_module
from pathlib import Path

import pytest

from yolo_slice.public_api.files import PAGE, generated
from yolo_slice.public_api.page import PACKAGES, api_page

COMMAND = "is not up to date: run `yolo-slice list readme=True` (or `make tables`)"


def test_they_are_up_to_date() -> None:
    if not PAGE.parent.is_dir():
        pytest.skip(f"no checkout: {PAGE.parent} is not there")
    assert len(generated()) == 2
    for file, text in generated().items():
        assert file.read_text(encoding="utf-8") == text, f"{file.name} {COMMAND}"


def test_the_page_has_every_name_with_its_signature_and_its_docstring() -> None:
    page = api_page()
    for package in (import_module(f"yolo_slice.{name}") for name in PACKAGES):
        section = page.split(f"\n## {package.__name__}\n")[1].split("\n## ")[0]
        for name in package.__all__:
            value = getattr(package, name)
            assert f"\n### {name}" in section
            if inspect.isfunction(value) or inspect.isclass(value):
                doc = inspect.getdoc(value)
                assert doc, name
                assert doc.splitlines()[0] in section
    assert "### SliceSamp \\*\n\n```py\nclass SliceSamp(c1: int, c2: int, k: int = 3" in page
    assert "### SliceError \\*" in page


def test_public_names_of_packages_are_not_those_of_modules_in_them() -> None:
    """Importing such a module would put it in the place of the name."""
    for package in (import_module(f"yolo_slice.{name}") for name in (".".join(PACKAGES)).split(".")):
        folder = Path(package.__file__ or "").parent
        modules = {file.stem for file in folder.glob("*.py")} | {file.parent.name for file in folder.glob("*/*.py")}
        assert not modules & {*package.__all__}, package.__name__


def test_every_module_that_a_stub_names_has_what_it_imports() -> None:
    import yolo_slice

    for stub in Path(yolo_slice.__file__).parent.rglob("*.pyi"):
        for node in ast.parse(stub.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ImportFrom) and node.module:
                for alias in node.names:
                    assert alias.asname in (alias.name, None), f"{stub}: {alias.name} is not re-exported"
                    assert alias.name == "*" or hasattr(import_module(node.module), alias.name), f"{stub}: {alias.name}"
