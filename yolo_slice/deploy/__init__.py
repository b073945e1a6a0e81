"""Our blocks as the runtimes want them: exact other forms of the same function, and the proof that an export has it."""

from yolo_slice.lazy_names import lazy_names

__getattr__, __dir__, __all__ = lazy_names(__name__, __file__)
