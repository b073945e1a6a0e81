"""Functions of Ultralytics replaced by wrappers of ours, wherever they have been imported to already."""

import functools
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

Function = Callable[..., Any]


def replace(module: ModuleType | type, name: str, wrap: Callable[[Function], Function]) -> None:
    """Replace `module.name` by `wrap(stock function)`, once, also where other modules of Ultralytics have imported it.

    A method is replaced in the same way, in its class.
    """
    stock = getattr(module, name)
    if is_replaced(module, name):
        return
    ours = functools.wraps(stock)(wrap(stock))
    vars(ours)["yolo_slice_stock"] = stock
    setattr(module, name, ours)
    for other in list(sys.modules.values()):
        if getattr(other, "__name__", "").startswith("ultralytics") and vars(other).get(name) is stock:
            setattr(other, name, ours)


def is_replaced(module: ModuleType | type, name: str) -> bool:
    """Tell whether `module.name` is a wrapper of ours."""
    return hasattr(getattr(module, name, None), "yolo_slice_stock")
