"""Information-retaining down- and up-sampling for stock Ultralytics.

This file and `_autoload.py` run at every `import torch` on the machine: standard library only, nothing that can fail.
"""

from yolo_slice._autoload import autoload

__version__ = "0.1.0"

autoload()


# What is loaded when it is asked for (PEP 562), and from where; every other name with a capital may be a block
LAZY = {
    "YOLO": "ultralytics",
    "BLOCKS": "yolo_slice.blocks",
    "soft_pool": "yolo_slice.blocks",
    "replace_downsampling": "yolo_slice.downsampling",
    "convert_weights": "yolo_slice.transfer",
}


def __getattr__(name: str) -> object:
    """Load what LAZY names, and the blocks."""
    if name in LAZY or name[:1].isupper():
        from importlib import import_module

        module = import_module(LAZY.get(name, "yolo_slice.blocks"))
        if name in LAZY or name in module.__all__:
            return getattr(module, name)
    raise AttributeError(f"module 'yolo_slice' has no attribute {name!r}")
