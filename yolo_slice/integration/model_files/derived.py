"""Derived models: any model name of Ultralytics plus -slice, -slicesamp or -spd is that model with its rows swapped.

`yolo26n-seg-slice.yaml` needs no file: it is what Ultralytics finds as `yolo26n-seg.yaml`, with every row swapped
that can be. Files are looked up first, a user's and then ours, so a file of that name always wins. Nothing is written.
"""

import difflib
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from yolo_slice.errors import SliceError
from yolo_slice.integration.log import inform_once
from yolo_slice.integration.model_files.model_names import SUFFIXES, refuse_misspelt, split_name
from yolo_slice.integration.model_files.resolution_rows import ResolutionRow, resolution_rows
from yolo_slice.integration.model_files.rows import Row, group_rows
from yolo_slice.integration.replacing import Function
from yolo_slice.registry import BLOCKS


@dataclass(frozen=True, slots=True)
class Derivation:
    """A derived model.

    Attributes:
        name: Its name, without `.yaml`.
        base: Name of the model that it is derived from.
        model: Content of its model file, and what Ultralytics adds: `scale`, `yaml_file`.
        swapped: The rows that were swapped, as they are in the base model.
        left: The other rows that change the resolution; those without a fault were not chosen.
    """

    name: str
    base: str
    model: dict[str, Any]
    swapped: list[ResolutionRow]
    left: list[ResolutionRow]

    def __str__(self) -> str:
        changed = group_rows([(r.index, self.row(r.index)[2]) for r in self.swapped])
        left = group_rows([(r.index, f"{r.row[2]} ({r.fault or 'not chosen'})") for r in self.left])
        name = self.base if self.name == self.base else f"{self.name} is {self.base}"
        return f"{name} with {changed}" + (f"; left as they are: {left}" if left else "")

    def row(self, index: int) -> Row:
        """Return a row of the derived model."""
        return [*self.model["backbone"], *self.model["head"]][index]


def load_or_derive(stock: Function, path: Path) -> dict[str, Any]:
    """Read a model file by Ultralytics' `yaml_model_load`; if none has that name, derive the model from another.

    Raises:
        FileNotFoundError: If it has no suffix of ours, or the model to derive it from has no file either.
    """
    try:
        return stock(path)
    except FileNotFoundError as error:
        base, suffix = split_name(path)
        model = None
        with suppress(FileNotFoundError):
            model = stock(base) if suffix else None
        if model is None:
            refuse_misspelt(str(path))
            raise error from None  # about the name that was asked for
    derivation = swap_rows(model, path.stem, *SUFFIXES[suffix])
    inform_once(str(derivation))
    return {**derivation.model, "yaml_file": str(path)}


def derive(name: str, down: str = "", up: str = "", chosen: Sequence[int] | None = None) -> Derivation:
    """Derive a model from a name that Ultralytics knows, with or without a suffix of ours.

    Args:
        name: Name of a model file, `.yaml` may be left out: "yolo26n-seg-slice", or "yolo26n-seg" if a block is given.
        down: Block for the strided convolutions, "none" to keep them; default: as the suffix says.
        up: Block for the nearest upsamplings, "none" to keep them; default: as the suffix says.
        chosen: Numbers of the rows to swap; default: all that can be.

    Raises:
        SliceError: For an unknown block, a row that cannot be swapped, or a model without one that can.
        FileNotFoundError: If Ultralytics has no model of that name.
    """
    from ultralytics.nn import tasks

    path = Path(name if Path(name).suffix in (".yaml", ".yml") else f"{name}.yaml")
    base, suffix = split_name(path)
    try:
        model = tasks.yaml_model_load(base)
    except FileNotFoundError:  # then a file of that very name, or an error about it
        model = tasks.yaml_model_load(path)
    blocks = [
        default if not given else None if given.lower() == "none" else _known(given, scale)
        for given, scale, default in zip((down, up), (0.5, 2), SUFFIXES.get(suffix, (None, None)), strict=True)
    ]
    down_block, up_block = blocks
    if not any(blocks):
        suffixes = ", -".join(SUFFIXES)
        raise SliceError(f"{path.stem}: which blocks? Give down= or up=, or a name that ends in -{suffixes}")
    return swap_rows(model, path.stem, down_block, up_block, chosen)


def swap_rows(
    model: dict[str, Any], name: str, down: str | None, up: str | None, chosen: Sequence[int] | None = None
) -> Derivation:
    """Swap rows of a model file: strided convolutions for `down`, nearest upsamplings for `up`, all or the chosen."""
    blocks = {"down": down, "up": up}
    base = Path(model["yaml_file"]).stem
    candidates = [r for r in resolution_rows(model) if blocks[r.direction]]
    swappable = {r.index: r for r in candidates if not r.fault}
    if not swappable:
        others = group_rows([(r.index, f"{r.row[2]} ({r.fault})") for r in candidates])
        raise SliceError(f"{name}: {base} has no row to swap for {down or up}; what there is: {others or 'nothing'}")
    if chosen is not None and not set(chosen) <= swappable.keys():
        faults = {r.index: f"row {r.index} ({r.row[2]}: {r.fault})" for r in candidates if r.fault}
        wrong = [faults.get(i, f"row {i}") for i in sorted(set(chosen) - swappable.keys())]
        possible = group_rows([(i, r.row[2]) for i, r in swappable.items()])
        raise SliceError(f"{name}: cannot swap {', '.join(wrong)}; what can be swapped: {possible}")
    swapped = [r for i, r in swappable.items() if chosen is None or i in chosen]
    whole = [*model["backbone"], *model["head"]]
    for r in swapped:
        source, repeats, _, args = r.row
        whole[r.index] = [source, repeats, blocks[r.direction], args[:1] if r.direction == "down" else []]
    split = len(model["backbone"])
    changed = {**model, "backbone": whole[:split], "head": whole[split:]}
    return Derivation(name, base, changed, swapped, [r for r in candidates if r not in swapped])


def _known(name: str, scale: float) -> str:
    """Return a block's name; a wrong one is answered with those that change the resolution in the same way."""
    import yolo_slice.blocks  # noqa: F401  registers them

    known = [block for block, entry in BLOCKS.items() if entry.scale == scale]
    if name in known:
        return name
    near = difflib.get_close_matches(name, known, n=1)
    hint = f"did you mean {near[0]}?" if near else f"blocks: {', '.join(sorted(known))}, or none"
    raise SliceError(f"no block {name!r} that {'halves' if scale < 1 else 'doubles'} the resolution; {hint}")
