"""The formats of data sets, one per file: a file put here is a format everywhere."""

import importlib
import pkgutil

from yolo_slice.data.format import Format

_modules = (importlib.import_module(f"{__name__}.{module.name}") for module in pkgutil.iter_modules(__path__))
FORMATS: dict[str, Format] = {module.FORMAT.name: module.FORMAT for module in _modules}
WRITABLE = tuple(name for name, format in FORMATS.items() if format.writer)
