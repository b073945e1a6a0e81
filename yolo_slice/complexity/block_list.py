"""The blocks as tables list them, read from their files, so that a list does not wait for torch."""

import ast
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "blocks"


@dataclass(frozen=True, slots=True)
class ListedBlock:
    """A class that `@block(...)` registers.

    Attributes:
        name: The class's name.
        text: What it does: the first line of its docstring.
        scale: Output height and width over the input's.
        paper: Address of the publication.
    """

    name: str
    text: str
    scale: float
    paper: str


def list_blocks() -> list[ListedBlock]:
    """List the blocks by name."""
    trees = (ast.parse(file.read_text(encoding="utf-8")) for file in FOLDER.glob("*.py"))
    classes = (node for tree in trees for node in tree.body if isinstance(node, ast.ClassDef))
    found = (_read(cls, call) for cls in classes for call in cls.decorator_list if isinstance(call, ast.Call))
    return sorted((block for block in found if block), key=lambda block: block.name)


def block_table() -> str:
    """Write the blocks as a Markdown table."""
    rows = [f"| `{b.name}` | {b.text} | x{b.scale:g} | [paper]({b.paper}) |" for b in list_blocks()]
    return "\n".join(["| block | what it does | height, width | source |", "|---|---|---|---|", *rows])


def _read(cls: ast.ClassDef, decorator: ast.Call) -> ListedBlock | None:
    if not (isinstance(decorator.func, ast.Name) and decorator.func.id == "block"):
        return None
    facts = {word.arg: word.value for word in decorator.keywords}
    text = (ast.get_docstring(cls) or "").partition("\n")[0].rstrip(".")
    return ListedBlock(cls.name, text, ast.literal_eval(facts["scale"]), ast.literal_eval(facts["paper"]))
