"""Trained runs side by side in one table and one picture."""

from yolo_slice.lazy_names import lazy_names

__getattr__, __dir__, __all__ = lazy_names(__name__, __file__)
