"""The methods as help and documentation list them, read from their files, so that help does not wait for torch."""

import ast
import difflib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from yolo_slice.errors import SliceError

FOLDER = Path(__file__).with_name("methods")


@dataclass(frozen=True, slots=True)
class ListedMethod:
    """One file of cam/methods/.

    Attributes:
        key: What `method=` calls it.
        text: What it does: the first line of its class's docstring.
        source: Its name and who published it: the first line of its module's docstring.
    """

    key: str
    text: str
    source: str


@cache
def list_methods() -> list[ListedMethod]:
    """List the methods by name; the last class of a file is the method."""
    return sorted((_read(file) for file in FOLDER.glob("[!_]*.py")), key=lambda method: method.key)


def check_method(name: str) -> str:
    """Return what `method=` calls a method; see `method_key`.

    Raises:
        SliceError: If there is no method of that name, with the nearest.
    """
    key, keys = method_key(name), [method.key for method in list_methods()]
    if key in keys:
        return key
    near = difflib.get_close_matches(key, keys, n=1)
    hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(keys)}"
    raise SliceError(f"method {name!r}: no such method; {hint}")


def method_table() -> str:
    """Write the methods as a Markdown table."""
    rows = [f"| `{method.key}` | {method.text} | {method.source} |" for method in list_methods()]
    return "\n".join(["| `method=` | what it does | source |", "|---|---|---|", *rows])


def method_key(name: str) -> str:
    """Return what `method=` calls a method, from its name, its class or its file in any spelling.

    Example:
        >>> method_key("Grad-CAM++"), method_key("grad_cam_plus_plus"), method_key("GradCAMpp")
        ('gradcam++', 'gradcam++', 'gradcam++')
    """
    plain = "".join(c for c in name.lower() if c.isalnum() or c == "+")
    return plain.replace("plusplus", "++").replace("campp", "cam++")


def _read(file: Path) -> ListedMethod:
    module = ast.parse(file.read_text(encoding="utf-8"))
    *_, method = (node for node in module.body if isinstance(node, ast.ClassDef))
    return ListedMethod(method_key(file.stem), _first_line(method), _first_line(module))


def _first_line(node: ast.Module | ast.ClassDef) -> str:
    return (ast.get_docstring(node) or "").partition("\n")[0].rstrip(".")
