"""A demonstration from nothing: a drawn data set, a small slice model trained on it, what it finds in a drawn video."""

from yolo_slice.lazy_names import lazy_names

__getattr__, __dir__, __all__ = lazy_names(__name__, __file__)
