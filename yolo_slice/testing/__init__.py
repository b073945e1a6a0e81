"""The contract of blocks, for blocks that live elsewhere: the laws, and `pytest --block my_blocks.py:MyDown`."""

from yolo_slice.lazy_names import lazy_names

__getattr__, __dir__, __all__ = lazy_names(__name__, __file__)
