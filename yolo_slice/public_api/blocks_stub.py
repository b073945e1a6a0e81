"""The stub of `yolo_slice.blocks`: editors do not import what is discovered, so it is listed for them."""

from pathlib import Path

from yolo_slice import blocks

STUB = Path(blocks.__file__).with_suffix(".pyi")
HEAD = '"""The blocks that `yolo_slice.blocks` discovers; written by `yolo-slice list readme=True`."""'


def blocks_stub() -> str:
    """Write an import of every public name of `yolo_slice.blocks`."""
    homes = {name: getattr(blocks, name).__module__ for name in blocks.__all__ if name != "BLOCKS"}
    lines = [f"from {home} import {name} as {name}" for name, home in homes.items()]
    return "\n".join([HEAD, "", *sorted([*lines, "from yolo_slice.registry import BLOCKS as BLOCKS"]), ""])
