"""Files of blocks as modules: `import yolo_slice.outside.my_down_01234567`, as unpickling does, finds the file."""

import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType


def install_finder(package: str) -> None:
    """Let Python find these modules in a package of ours."""
    if not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.append(_Finder(f"{package}."))


class _Finder(MetaPathFinder):
    """Comes after Python's own finders, which find what lies in the package."""

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if not fullname.startswith(self.prefix):
            return None
        from yolo_slice.outside.running import spec_of  # it takes torch along

        return spec_of(fullname)
