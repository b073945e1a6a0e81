"""Runtimes, one a file: how a model is loaded with a fixed number of threads. A file put here is a format everywhere.

A file is named after its format, has a `RUNTIME`, and imports what is heavy only when it opens a model.
"""

import difflib
import importlib
import pkgutil

from yolo_slice.bench.runtime import Runtime
from yolo_slice.errors import SliceError


def _load(name: str) -> Runtime:
    return importlib.import_module(f"{__name__}.{name}").RUNTIME


RUNTIMES: dict[str, Runtime] = {module.name: _load(module.name) for module in pkgutil.iter_modules(__path__)}


def runtime_named(name: str) -> Runtime:
    """Return a runtime by what `format=` calls it.

    Raises:
        SliceError: If there is none of that name, with the nearest.
    """
    if name in RUNTIMES:
        return RUNTIMES[name]
    near = difflib.get_close_matches(name, RUNTIMES, n=1)
    hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(RUNTIMES)}"
    raise SliceError(f"format={name}: {hint}")
