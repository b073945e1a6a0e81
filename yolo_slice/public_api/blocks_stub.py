"""The stub of `yolo_slice.blocks`: editors do not import what is discovered, so it is listed for them."""

from pathlib import Path

from yolo_slice import blocks

STUB = Path(blocks.__file__).with_suffix(".pyi")
HEAD = '"""The blocks that `yolo_slice.blocks` discovers; written by `yolo-slice list readme=True`."""'


def blocks_stub() -> str:
    """Write an import of every public name of `yolo_slice.blocks`."""
    homes = {"BLOCKS": "yolo_slice.registry"}
    homes |= {name: getattr(blocks, name).__module__ for name in blocks.__all__ if name not in homes}
    ordered = sorted(homes.items(), key=lambda item: (item[1], _rank(item[0])))
    imports = [f"from {home} import {name} as {name}" for name, home in ordered]
    names = [f'    "{name}",' for name in sorted(homes, key=_rank)]
    return "\n".join([HEAD, "", *imports, "", "__all__ = [", *names, "]", ""])


def _rank(name: str) -> tuple[bool, bool, str]:
    """Sort as ruff wants `__all__`: what is all capitals first, then classes, then functions."""
    return not name.isupper(), not name[0].isupper(), name
