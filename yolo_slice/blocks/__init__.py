"""The operators, one per file. A file put here is a block everywhere: in YAML files, tests, tables and documents."""

import importlib
import pkgutil

from yolo_slice.registry import BLOCKS

for _module in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_module.name}")

globals().update({name: entry.cls for name, entry in BLOCKS.items()})
__all__ = ["BLOCKS", *sorted(BLOCKS)]  # pyright: ignore[reportUnsupportedDunderAll]
