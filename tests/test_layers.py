"""Imports point downwards, nothing runs in circles, and only integration/ knows Ultralytics' internals."""

import ast
import functools
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "yolo_slice"
# A module may import from layers further down, and from its own part.
LAYERS = [
    {"cli"},
    {"host"},  # a name in old checkpoints
    {"demo", "study"},
    {"public_api"},
    {"bench", "cam", "compare", "complexity", "data", "metrics", "new_block", "testing", "transfer"},
    {"annotations"},
    {"downsampling", "deploy"},
    {"integration"},
    {"heads", "segmentation", "block_list"},
    {"blocks"},
    {"outside"},
    {"image_files", "video_file", "page_tables"},
    {"registry", "paths", "atomic_file", "settings", "lazy_names", "short_names", "overlap", "peak_memory"},
    {"write_lock", "csv_text", "markdown_table", "announcing", "foreign_files"},
    {"errors"},
    {"_autoload"},
]
RANK = {part: rank for rank, parts in enumerate(LAYERS) for part in parts}
PUBLIC = {"ultralytics", "ultralytics.nn.modules"}  # what code outside integration/ may import of Ultralytics
# These two name modules of any layer in strings: it is how Ultralytics and users reach them without an import.
ENTRANCES = {"_autoload", "__init__"}
MODULES = sorted(PACKAGE.rglob("*.py"))


def dotted(file: Path) -> str:
    return ".".join(file.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__")


NAMES = {dotted(file): file for file in MODULES}


@functools.cache
def parsed(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"))


def imports(file: Path) -> Iterator[str]:
    """Name what a file imports, by a statement anywhere in it or by a string that names a module."""
    tree = parsed(file)
    docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: relative import"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
            yield from (name if node.module == "yolo_slice" or name in NAMES else node.module for name in names)
        elif isinstance(node, ast.Constant) and id(node) not in docstrings and is_module(node.value):
            yield node.value.removesuffix(".")


def is_module(value: object) -> bool:
    return isinstance(value, str) and re.fullmatch(r"yolo_slice(\.\w+)+\.?", value) is not None


def part(file: Path) -> str:
    return file.relative_to(PACKAGE).parts[0].removesuffix(".py")


def violations(file: Path, names: Iterable[str]) -> list[str]:
    own = part(file)
    found = []
    for name in names:
        if name.startswith("yolo_slice."):
            other = name.split(".")[1]
            if other != own and other in RANK and RANK[other] <= RANK[own]:
                found.append(f"{own} imports {name}")
        if name.split(".")[0] == "ultralytics" and own != "integration" and name not in PUBLIC:
            found.append(f"{own} imports {name}: only integration/ knows Ultralytics' internals")
    return found


def circles(graph: Mapping[str, set[str]]) -> list[list[str]]:
    """List the groups of modules that reach each other."""

    def reach(name: str) -> set[str]:
        seen, ahead = set(), [*graph[name]]
        while ahead:
            if (step := ahead.pop()) not in seen:
                seen.add(step)
                ahead += graph.get(step, ())
        return seen

    reached = {name: reach(name) for name in graph}
    groups = {frozenset(b for b in reached[a] if a in reached.get(b, ())) for a in graph if a in reached[a]}
    return sorted(sorted(group) for group in groups)


@pytest.mark.parametrize("file", [m for m in MODULES if part(m) not in ENTRANCES], ids=dotted)
def test_imports_point_downwards(file: Path) -> None:
    assert part(file) in RANK, f"{part(file)} has no layer"
    assert violations(file, imports(file)) == []


@pytest.mark.long
def test_no_module_imports_itself_in_a_circle() -> None:
    graph = {
        name: {other for other in imports(file) if other in NAMES and other != name}
        for name, file in NAMES.items()
        if part(file) not in ENTRANCES
    }
    assert circles(graph) == []


def test_what_runs_at_every_import_of_torch_is_small_and_standard() -> None:
    top = {name for name in imports(PACKAGE / "_autoload.py") if not name.startswith("yolo_slice.")}
    assert {name for name in top if not name.startswith("ultralytics")} == {"os", "sys", "importlib"}
    tree = ast.parse((PACKAGE / "__init__.py").read_text(encoding="utf-8"))
    guarded = [statement for n in tree.body if isinstance(n, ast.Try) for statement in n.body]
    at_import = [n for n in (*tree.body, *guarded) if isinstance(n, (ast.Import, ast.ImportFrom))]
    assert [getattr(n, "module", None) for n in at_import] == ["yolo_slice._autoload"]


def test_the_check_sees_violations(tmp_path: Path) -> None:
    assert violations(PACKAGE / "integration" / "x.py", ["yolo_slice.data"])
    assert violations(PACKAGE / "bench" / "x.py", ["yolo_slice.data.dataset"])
    assert violations(PACKAGE / "blocks" / "x.py", ["ultralytics.nn.tasks"])
    assert not violations(PACKAGE / "data" / "x.py", ["yolo_slice.integration.log", "ultralytics"])
    file = tmp_path / "x.py"
    file.write_text('"""yolo_slice.cli"""\nimport_module("yolo_slice.metrics.voc").run()\nf"yolo_slice.cam.{name}"\n')
    assert {*imports(file)} == {"yolo_slice.metrics.voc", "yolo_slice.cam"}
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"b"}, "d": {"a"}}) == [["b", "c"]]


def test_no_function_is_longer_than_60_lines() -> None:
    for file in MODULES:
        for node in ast.walk(parsed(file)):
            if isinstance(node, ast.FunctionDef):
                assert node.end_lineno - node.lineno < 60, f"{file}: {node.name}"
