"""Public names of a package that are loaded when they are asked for (PEP 562), listed once: in its stub.

A command's settings can so be imported, for its help, without waiting for torch.
"""

import ast
import sys
from collections.abc import Callable, Iterator
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path


@cache
def lazy_names(package: str, file: str) -> tuple[Callable[[str], object], Callable[[], list[str]], list[str]]:
    """Return `__getattr__`, `__dir__` and `__all__` of a package for what its `__init__.pyi` imports.

    A package of which the stub imports `*` is asked for its own `__all__`, which is not in ours: it may take long.

    Args:
        package: Its `__name__`.
        file: Its `__file__`.
    """
    stub = ast.parse(Path(file).with_suffix(".pyi").read_text(encoding="utf-8"))
    imports = [node for node in stub.body if isinstance(node, ast.ImportFrom)]
    homes = {alias.name: node.module or "" for node in imports for alias in node.names if alias.name != "*"}
    stars = [node.module or "" for node in imports if node.names[0].name == "*"]

    def load(name: str) -> object:
        home = homes.get(name)
        if home == package:
            return import_module(f"{package}.{name}")
        if home is None and not name.startswith("_") and not find_spec(f"{package}.{name}"):
            home = next((star for star in stars if name in import_module(star).__all__), None)
        if home is None:
            text = f"module {package!r} has no attribute {name!r}"
            raise AttributeError(text, name=name, obj=sys.modules[package])  # Python asks "Did you mean ...?"
        return getattr(import_module(home), name)

    def names() -> Iterator[str]:
        yield from homes
        for star in stars:
            yield from import_module(star).__all__

    return load, lambda: sorted({*names()}), sorted(homes)
