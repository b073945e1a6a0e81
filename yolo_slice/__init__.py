"""Information-retaining down- and up-sampling for stock Ultralytics.

This file and `_autoload.py` run at every `import torch` on the machine: standard library only, and nothing that can fail.
"""

from yolo_slice._autoload import autoload

__version__ = "0.1.0"
__all__ = ["BLOCKS", "YOLO", "SPDConv", "SliceSamp", "SliceUpsamp", "__version__"]

autoload()


def __getattr__(name: str) -> object:
    """Load YOLO and the blocks when they are asked for (PEP 562)."""
    if name == "YOLO":
        from ultralytics import YOLO

        return YOLO
    if not name.startswith("_"):
        import yolo_slice.blocks as blocks

        if hasattr(blocks, name):
            return getattr(blocks, name)
    raise AttributeError(f"module 'yolo_slice' has no attribute {name!r}")
