"""The page "Python API": every public name with its signature and its docstring, by the package that it is from."""

import ast
import inspect
import re
import textwrap
from collections.abc import Iterable, Iterator
from importlib import import_module
from types import ModuleType
from typing import Any

import yolo_slice

# Packages in the order of the page; the names of a package are those of its stub.
PACKAGES = (
    "blocks",
    "downsampling",
    "transfer",
    "data",
    "metrics",
    "cam",
    "compare",
    "study",
    "complexity",
    "deploy",
    "testing",
    "demo",
)
HEAD = """# Python API

Every public name, from its docstring; written by `yolo-slice list readme=True`. Names marked with a star are in
`yolo_slice` itself, too: `from yolo_slice import SliceSamp` is the same as `from yolo_slice.blocks import SliceSamp`.
`yolo_slice.YOLO` is Ultralytics' own class. Nothing is loaded before it is asked for.
"""
SECTIONS = ("Args", "Attributes", "Returns", "Yields", "Raises", "Example")


def api_page() -> str:
    """Write the page as Markdown."""
    top = {id(getattr(yolo_slice, name)) for name in dir(yolo_slice)}
    parts = [HEAD, *(_package(import_module(f"yolo_slice.{name}"), top) for name in PACKAGES)]
    parts.append(f"## yolo_slice\n\n{_entries(yolo_slice, ('SliceError', 'Block', 'block'), top)}")
    return "\n".join(parts).rstrip() + "\n"


def _package(package: ModuleType, top: set[int]) -> str:
    summary = (package.__doc__ or "").partition("\n")[0]
    return f"## {package.__name__}\n\n{summary}\n\n{_entries(package, package.__all__, top)}"


def _entries(package: ModuleType, names: Iterable[str], top: set[int]) -> str:
    return "\n".join(_entry(name, getattr(package, name), top) for name in names)


def _entry(name: str, value: object, top: set[int]) -> str:
    star = " \\*" if id(value) in top else ""
    title = f"### {name}{star}"
    if not callable(value):
        return f"{title}\n\n{_value(name, value)}\n"
    doc = textwrap.dedent(inspect.getdoc(value) or "")
    text = "\n".join(_markdown(doc))
    return f"{title}\n\n```py\n{_signature(name, value)}\n```\n\n{text}\n"


def _value(name: str, value: object) -> str:
    """Describe a table or a tuple of numbers."""
    if isinstance(value, dict):
        return f"A dict of all that there are: {', '.join(f'`{key}`' for key in sorted(value))}."
    return f"`{name} = {value}`"


def _signature(name: str, value: Any) -> str:
    """Write what is before the body of a function, or how a class is called, as the source has it."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(value))).body[0]
    if isinstance(tree, ast.FunctionDef):
        return _header(name, tree.args, tree.returns)
    bodies = tree.body if isinstance(tree, ast.ClassDef) else []
    for method in bodies:
        if isinstance(method, ast.FunctionDef) and method.name == "__init__":
            return _header(f"class {name}", method.args, None)
    return f"class {name}"


def _header(name: str, args: ast.arguments, returns: ast.expr | None) -> str:
    parts = [part for part in _parts(args) if part not in ("self", "cls")]
    result = f" -> {ast.unparse(returns)}" if returns else ""
    line = f"{name}({', '.join(parts)}){result}"
    return line if len(line) <= 100 else "\n".join([f"{name}(", *(f"    {part}," for part in parts), f"){result}"])


def _parts(args: ast.arguments) -> Iterator[str]:
    """Write each parameter, so that it can be on a line of its own."""
    required = [None] * (len(args.args) - len(args.defaults))
    for arg, default in zip(args.args, [*required, *args.defaults], strict=True):
        yield _part(arg, default)
    if args.vararg or args.kwonlyargs:
        yield f"*{ast.unparse(args.vararg) if args.vararg else ''}"
    for arg, default in zip(args.kwonlyargs, args.kw_defaults, strict=True):
        yield _part(arg, default)
    if args.kwarg:
        yield f"**{ast.unparse(args.kwarg)}"


def _part(arg: ast.arg, default: ast.expr | None) -> str:
    equals = " = " if arg.annotation else "="
    return ast.unparse(arg) + (equals + ast.unparse(default) if default else "")


def _markdown(doc: str) -> Iterator[str]:
    """Turn a docstring in Google form into Markdown: its sections into lists, its examples into code."""
    pattern = rf"(?m)^({'|'.join(SECTIONS)}):\n"
    text, *rest = re.split(pattern, doc)
    yield text.rstrip()
    for section, body in zip(rest[::2], rest[1::2], strict=True):
        indented = re.match(r"(?s)((?:    [^\n]*\n|\n)*(?:    [^\n]*)?)(.*)", body)
        inside, after = (indented[1], indented[2]) if indented else (body, "")
        yield f"\n**{section}**\n"
        yield from _section(section, textwrap.dedent(inside).strip())
        if after.strip():
            yield f"\n{after.strip()}"


def _section(section: str, body: str) -> Iterator[str]:
    if section == "Example":
        yield f"```{'pycon' if body.startswith('>>>') else 'py'}\n{body}\n```"
    elif section in ("Returns", "Yields"):
        yield " ".join(body.split())
    else:
        for entry in re.split(r"\n(?=\S)", body):
            key, _, text = " ".join(entry.split()).partition(": ")
            yield f"- `{key}`: {text}"
