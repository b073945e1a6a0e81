"""Safe loading: checkpoints with our blocks load under ULTRALYTICS_SAFE_LOAD=1, and by torch's weights_only."""

from types import ModuleType

import torch


def patch(_tasks: ModuleType) -> None:
    """Import the blocks: registering a block puts its class on torch's list of safe globals."""
    import yolo_slice.blocks  # noqa: F401


def is_live() -> bool:
    """Tell whether every block class is on the list."""
    from yolo_slice.blocks import BLOCKS

    return {entry.cls for entry in BLOCKS.values()} <= set(torch.serialization.get_safe_globals())
