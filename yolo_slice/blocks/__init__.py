"""The operators, one per file. A file put here is a block everywhere: in YAML files, tests, tables and documents.

A file may name in its `__all__` what else of it is public beside its block. `BLOCKS` has the blocks of other packages,
too: of those with entry points in the group `yolo_slice.blocks`, and of the files that `YOLO_SLICE_BLOCKS` names.
"""

import importlib
import pkgutil
from importlib.metadata import entry_points

from yolo_slice.outside.sources import add_sources
from yolo_slice.registry import BLOCKS

_modules = [importlib.import_module(f"{__name__}.{module.name}") for module in pkgutil.iter_modules(__path__)]
_public = {name: getattr(module, name) for module in _modules for name in getattr(module, "__all__", ())}
_ours = {name: entry.cls for name, entry in BLOCKS.items() if entry.cls.__module__.startswith(f"{__name__}.")}

globals().update({**_public, **_ours})
__all__ = ["BLOCKS", *sorted({*_ours, *_public})]  # pyright: ignore[reportUnsupportedDunderAll]

add_sources(entry_points(group=__name__))
