"""The blocks as names and tables need them, read from their files, so that neither waits for torch."""

import ast
import functools
import inspect
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any

from yolo_slice.outside.trust import named_paths

FOLDER = Path(__file__).with_name("blocks")
GROUP = f"{FOLDER.parent.name}.{FOLDER.name}"  # of entry points, and the package of our own


@dataclass(frozen=True, slots=True)
class ListedBlock:
    """A class that `@block(...)` registers.

    Attributes:
        name: The class's name.
        text: What it does: the first line of its docstring.
        scale: Output height and width over the input's.
        paper: Address of the publication.
        quadruples: Whether it makes four times the channels.
    """

    name: str
    text: str
    scale: float
    paper: str
    quadruples: bool


@functools.cache
def list_blocks() -> tuple[ListedBlock, ...]:
    """List the blocks by name."""
    trees = (ast.parse(file.read_text(encoding="utf-8")) for file in FOLDER.glob("*.py"))
    classes = (node for tree in trees for node in tree.body if isinstance(node, ast.ClassDef))
    found = (_read(cls, call) for cls in classes for call in cls.decorator_list if isinstance(call, ast.Call))
    return tuple(sorted((block for block in found if block), key=lambda block: block.name))


def list_outside_blocks() -> list[ListedBlock]:
    """List the blocks of other packages, of files that the environment names, both run for it, and of this process."""
    if not (GROUP in sys.modules or named_paths() or _packages()):
        return []
    from yolo_slice.blocks import BLOCKS

    outside = sorted(name for name, entry in BLOCKS.items() if not entry.cls.__module__.startswith(f"{GROUP}."))
    return [_describe(name, BLOCKS[name]) for name in outside]


@functools.cache
def _packages() -> tuple[EntryPoint, ...]:
    return tuple(entry_points(group=GROUP))


def block_table(blocks: Sequence[ListedBlock] = ()) -> str:
    """Write blocks as a Markdown table; by default, ours."""
    rows = [f"| `{b.name}` | {b.text} | x{b.scale:g} | {_source(b.paper)} |" for b in blocks or list_blocks()]
    return "\n".join(["| block | what it does | height, width | source |", "|---|---|---|---|", *rows])


def _describe(name: str, entry: Any) -> ListedBlock:
    text = (inspect.getdoc(entry.cls) or "").partition("\n")[0].rstrip(".")
    return ListedBlock(name, text, entry.scale, entry.paper, entry.quadruples)


def _source(paper: str) -> str:
    return f"[paper]({paper})" if paper else ""


def _read(cls: ast.ClassDef, decorator: ast.Call) -> ListedBlock | None:
    if not (isinstance(decorator.func, ast.Name) and decorator.func.id == "block"):
        return None
    facts = {word.arg: word.value for word in decorator.keywords}
    quadruples = "quadruples" in facts and ast.literal_eval(facts["quadruples"])
    text = (ast.get_docstring(cls) or "").partition("\n")[0].rstrip(".")
    return ListedBlock(cls.name, text, ast.literal_eval(facts["scale"]), ast.literal_eval(facts["paper"]), quadruples)
