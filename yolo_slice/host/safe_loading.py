"""Safe loading: our block classes are allowed in checkpoints under ULTRALYTICS_SAFE_LOAD=1 and torch's weights_only."""

from types import ModuleType
from typing import Any

import torch


def patch(_tasks: ModuleType) -> None:
    """Put every block class on torch's list of safe globals (public API; none of the host's)."""
    torch.serialization.add_safe_globals(_classes())


def is_live() -> bool:
    """Tell whether every block class is on the list."""
    return set(_classes()) <= set(torch.serialization.get_safe_globals())


def _classes() -> list[Any]:
    from yolo_slice.blocks import BLOCKS

    return [entry.cls for entry in BLOCKS.values()]
