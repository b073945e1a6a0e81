"""Information-retaining down- and up-sampling for stock Ultralytics.

This file and `_autoload.py` run at every `import torch` on the machine: standard library only, nothing that can fail.
"""

from yolo_slice._autoload import autoload

__version__ = "0.1.0"

autoload()


def __getattr__(name: str) -> object:
    """Load `YOLO` and the blocks when they are asked for (PEP 562)."""
    if name == "YOLO":
        from ultralytics import YOLO

        return YOLO
    if name == "BLOCKS" or name[:1].isupper():
        from yolo_slice.blocks import BLOCKS

        if name == "BLOCKS":
            return BLOCKS
        if name in BLOCKS:
            return BLOCKS[name].cls
    raise AttributeError(f"module 'yolo_slice' has no attribute {name!r}")
