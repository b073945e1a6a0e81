"""Information-retaining down- and up-sampling for stock Ultralytics.

This file and `_autoload.py` run at every `import torch` on the machine: standard library only, nothing that can fail.
What is public is listed in the stub beside this file.
"""

try:
    from yolo_slice._autoload import autoload
except (
    Exception
) as error:  # torch calls this function, and fails with it: a damaged installation must leave torch working
    import sys

    print(f"yolo-slice: slice blocks are disabled ({type(error).__name__}: {error}); reinstall it", file=sys.stderr)

    def autoload() -> None:
        """Do nothing."""


__version__ = "0.1.0"

autoload()


def __getattr__(name: str) -> object:
    """Load a public name when it is asked for (PEP 562)."""
    if name == "__all__":
        return __dir__()
    from yolo_slice.lazy_names import lazy_names

    return lazy_names(__name__, __file__)[0](name)


def __dir__() -> list[str]:
    from yolo_slice.lazy_names import lazy_names

    return lazy_names(__name__, __file__)[1]()
