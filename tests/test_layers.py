"""Imports point downwards, and only host/ knows the host."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "yolo_slice"
# A module may import from layers further down, and from its own part.
LAYERS = [
    {"cli"},
    {"demo"},
    {"cam", "metrics", "bench", "transfer", "data"},
    {"downsampling"},
    {"host"},
    {"heads"},
    {"blocks"},
    {"registry", "paths", "errors", "whole_file"},
    {"_autoload"},
]
RANK = {part: rank for rank, parts in enumerate(LAYERS) for part in parts}
PUBLIC_HOST = {"ultralytics", "ultralytics.nn.modules"}  # what code outside host/ may import of Ultralytics
MODULES = sorted(PACKAGE.rglob("*.py"))


def imports(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: relative import"
            yield from ([node.module] if node.module != "yolo_slice" else [f"yolo_slice.{a.name}" for a in node.names])


def part(file: Path) -> str:
    return file.relative_to(PACKAGE).parts[0].removesuffix(".py")


def violations(file: Path, names: list[str]) -> list[str]:
    own = part(file)
    found = []
    for name in names:
        if name.startswith("yolo_slice."):
            other = name.split(".")[1]
            if other != own and other in RANK and RANK[other] <= RANK[own]:
                found.append(f"{own} imports {name}")
        if name.split(".")[0] == "ultralytics" and own != "host" and name not in PUBLIC_HOST:
            found.append(f"{own} imports {name}: only host/ knows Ultralytics' internals")
    return found


@pytest.mark.parametrize("file", [m for m in MODULES if m.name != "__init__.py" or m.parent != PACKAGE], ids=str)
def test_imports_point_downwards(file: Path) -> None:
    assert part(file) in RANK, f"{part(file)} has no layer"
    assert violations(file, list(imports(file))) == []


def test_what_runs_at_every_import_of_torch_is_small_and_standard() -> None:
    top = set(imports(PACKAGE / "_autoload.py"))
    assert top == {"os", "sys", "importlib"}
    tree = ast.parse((PACKAGE / "__init__.py").read_text(encoding="utf-8"))
    at_import = [n for n in tree.body if isinstance(n, (ast.Import, ast.ImportFrom))]
    assert [getattr(n, "module", None) for n in at_import] == ["yolo_slice._autoload"]


def test_the_check_sees_violations() -> None:
    assert violations(PACKAGE / "host" / "x.py", ["yolo_slice.data"])
    assert violations(PACKAGE / "bench" / "x.py", ["yolo_slice.data.finding"])
    assert violations(PACKAGE / "blocks" / "x.py", ["ultralytics.nn.tasks"])
    assert not violations(PACKAGE / "data" / "x.py", ["yolo_slice.host.services", "ultralytics"])


def test_no_function_is_longer_than_60_lines() -> None:
    for file in MODULES:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef):
                assert node.end_lineno - node.lineno < 60, f"{file}: {node.name}"
