"""Many trainings as one experiment: models, data sets and seeds, one fair answer."""

from yolo_slice.lazy_names import lazy_names

__getattr__, __dir__, __all__ = lazy_names(__name__, __file__)
