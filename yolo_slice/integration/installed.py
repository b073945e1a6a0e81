"""What Ultralytics' files say, read without importing it: the import takes torch along, seconds before any message."""

import ast
import json
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from yolo_slice.errors import SliceError
from yolo_slice.paths import ultralytics_config


@cache
def ultralytics_root() -> Path:
    """Return the folder of the installed package.

    Raises:
        SliceError: If Ultralytics is not installed.
    """
    spec = find_spec("ultralytics")
    if spec is None or not spec.submodule_search_locations:
        raise SliceError("Ultralytics is not installed: pip install ultralytics")
    return Path(spec.submodule_search_locations[0])


@cache
def constant(module: str, name: str) -> Any:
    """Return what a module of Ultralytics assigns to a name at its top, `IMG_FORMATS` of `data.utils` for example.

    The expression alone is evaluated; one that needs more than built-in functions has its module imported instead.
    """
    file = ultralytics_root().joinpath(*module.split(".")).with_suffix(".py")
    try:
        tree = ast.parse(file.read_text(encoding="utf-8"))
        values = (node.value for node in tree.body if isinstance(node, ast.Assign) and _assigns(node, name))
        return eval(compile(ast.Expression(next(values)), str(file), "eval"), {})  # what importing it would run, too
    except (OSError, StopIteration, NameError, SyntaxError):
        return getattr(import_module(f"ultralytics.{module}"), name)


def _assigns(node: ast.Assign, name: str) -> bool:
    return any(isinstance(target, ast.Name) and target.id == name for target in node.targets)


def stored_setting(name: str) -> str | None:
    """Return one of Ultralytics' settings, such as `weights_dir`; None before its first import on a machine."""
    try:
        return str(json.loads((ultralytics_config() / "settings.json").read_text(encoding="utf-8"))[name])
    except (OSError, ValueError, KeyError, TypeError):
        return None
