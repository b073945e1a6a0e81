"""Parameters and GFLOPs of real models, and the papers' complexity columns beside them."""

from yolo_slice.lazy_names import lazy_names

__getattr__, __dir__, __all__ = lazy_names(__name__, __file__)
