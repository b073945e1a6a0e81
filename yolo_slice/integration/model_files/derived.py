"""Derived models: any model name of Ultralytics plus the name of a block is that model with its rows swapped.

`yolo26n-seg-slice.yaml` needs no file: it is what Ultralytics finds as `yolo26n-seg.yaml`, with every row swapped
that can be. Files are looked up first, a user's and then ours, so a file of that name always wins. Nothing is written.
"""

import difflib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from yolo_slice.errors import SliceError
from yolo_slice.integration.log import inform_once
from yolo_slice.integration.model_files.block_key import blocks_of
from yolo_slice.integration.model_files.model_names import refuse_misspelt, split_name
from yolo_slice.integration.model_files.resolution_rows import Direction, ResolutionRow, resolution_rows
from yolo_slice.integration.model_files.rows import Row, group_rows
from yolo_slice.integration.model_files.stage_rows import stage_rows
from yolo_slice.integration.model_files.suffixes import ROWS, SUFFIXES, Swap, block_swap, swaps_of, words
from yolo_slice.integration.replacing import Function
from yolo_slice.registry import Block

RESIZING = ("nn.Upsample", "nn.Identity", "nn.MaxPool2d", "nn.AvgPool2d")
OTHER_ARGUMENTS = ("Concat", "CBFuse", "CBLinear", "HGBlock", "HGStem", "Index", "ResNetLayer")  # not channels first


@dataclass(frozen=True, slots=True)
class Derivation:
    """A derived model.

    Attributes:
        name: Its name, without `.yaml`.
        base: Name of the model that it is derived from.
        model: Content of its model file, and what Ultralytics adds: `scale`, `yaml_file`.
        swapped: The rows that were swapped, as they are in the base model.
        left: The other rows that go in a direction that is swapped; those without a fault were not chosen.
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
    derivation = swap_rows(model, path.stem, swaps_of(suffix))
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

    import yolo_slice.blocks  # noqa: F401  registers them

    path = Path(name if Path(name).suffix in (".yaml", ".yml") else f"{name}.yaml")
    base, suffix = split_name(path)
    try:
        model = tasks.yaml_model_load(base)
    except FileNotFoundError:  # then a file of that very name, or an error about it
        model = tasks.yaml_model_load(path)
    swaps = swaps_of(suffix)
    chosen_blocks: dict[Direction, str] = {"down": down, "up": up}
    for direction, given in chosen_blocks.items():
        if given.lower() == "none":
            swaps.pop(direction, None)
        elif given:
            swaps[direction] = _known(given, direction, blocks_of(model))
    if not swaps:
        suffixes = ", -".join(SUFFIXES)
        raise SliceError(f"{path.stem}: which blocks? Give down= or up=, or a name that ends in -{suffixes}, -hwd, ...")
    return swap_rows(model, path.stem, swaps, chosen)


def swap_rows(
    model: dict[str, Any], name: str, swaps: Mapping[Direction, Swap], chosen: Sequence[int] | None = None
) -> Derivation:
    """Swap rows of a model file, all or the chosen.

    Strided convolutions (down), nearest upsamplings (up), and the backbone's rows of bottlenecks (level).
    """
    base = Path(model["yaml_file"]).stem
    candidates = [r for r in (*resolution_rows(model), *stage_rows(model)) if r.direction in swaps]
    swappable = {r.index: r for r in candidates if not r.fault}
    if not swappable:
        others = group_rows([(r.index, f"{r.row[2]} ({r.fault})") for r in candidates])
        first = next(iter(swaps.values())).module
        raise SliceError(f"{name}: {base} has no row to swap for {first}; what there is: {others or 'nothing'}")
    if chosen is not None and not set(chosen) <= swappable.keys():
        faults = {r.index: f"row {r.index} ({r.row[2]}: {r.fault})" for r in candidates if r.fault}
        wrong = [faults.get(i, f"row {i}") for i in sorted(set(chosen) - swappable.keys())]
        possible = group_rows([(i, r.row[2]) for i, r in swappable.items()])
        raise SliceError(f"{name}: cannot swap {', '.join(wrong)}; what can be swapped: {possible}")
    swapped = [r for i, r in swappable.items() if chosen is None or i in chosen]
    whole = [*model["backbone"], *model["head"]]
    for r in swapped:
        swap = swaps[r.direction]
        channels = _channels(whole, r.index) if swap.names_channels else None
        whole[r.index] = swap.row(r.row, channels)
    split = len(model["backbone"])
    changed = {**model, "backbone": whole[:split], "head": whole[split:]}
    return Derivation(name, base, changed, swapped, [r for r in candidates if r not in swapped])


def _channels(whole: Sequence[Row], index: int) -> int:
    """Read the unscaled output channels of a row; a layer that only resizes has those of its source.

    Raises:
        SliceError: If they stand in no row.
    """
    source, _, name, args = whole[index]
    if name in RESIZING and isinstance(source, int):
        return _channels(whole, index + source if source < 0 else source)
    if name.startswith("nn.") or name in OTHER_ARGUMENTS or not args or not isinstance(args[0], int):
        raise SliceError(f"row {index} ({name}): its number of channels does not stand in its row")
    return args[0]


def _known(name: str, direction: Direction, known_blocks: Mapping[str, Block]) -> Swap:
    """Return what a block's name or a suffix stands for; a wrong one is answered with those of the same direction."""
    short = {word: swap for word, swap in words() if swap.direction == direction}
    entries = known_blocks.items()
    swaps = {block: block_swap(block, entry.scale) for block, entry in entries if entry.scale in (0.5, 2)}
    blocks = {block: swap for block, swap in swaps.items() if swap.direction == direction}
    if name in blocks or name.lower() in short:
        return blocks.get(name) or short[name.lower()]
    near = difflib.get_close_matches(name, blocks, n=1) or difflib.get_close_matches(name, short, n=1)
    known = ", ".join([*sorted(blocks), *sorted(ROWS.keys() & short.keys())])
    hint = f"did you mean {near[0]}?" if near else f"blocks: {known}, or none"
    raise SliceError(f"no block {name!r} that {'halves' if direction == 'down' else 'doubles'} the resolution; {hint}")
