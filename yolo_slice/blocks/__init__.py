"""The operators, one per file. A file put here is a block everywhere: in YAML files, tests, tables and documents.

A file may name in its `__all__` what else of it is public beside its block.
"""

import importlib
import pkgutil

from yolo_slice.registry import BLOCKS

_modules = [importlib.import_module(f"{__name__}.{module.name}") for module in pkgutil.iter_modules(__path__)]
_public = {name: getattr(module, name) for module in _modules for name in getattr(module, "__all__", ())}

globals().update({**_public, **{name: entry.cls for name, entry in BLOCKS.items()}})
__all__ = ["BLOCKS", *sorted({*BLOCKS, *_public})]  # pyright: ignore[reportUnsupportedDunderAll]
