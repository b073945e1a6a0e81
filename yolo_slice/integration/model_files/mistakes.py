"""Mistakes in a model file, explained before it is built: a scale, a name or a row that cannot be."""

import difflib
import inspect
from collections.abc import Mapping
from typing import Any

import torch

from yolo_slice.errors import SliceError
from yolo_slice.integration.model_files.parts import PARTS
from yolo_slice.integration.model_files.rows import Row, rows
from yolo_slice.registry import Block


def check_scale(d: Mapping[str, Any]) -> None:
    """Raise SliceError if the scale letter in the model's name is none of the file's `scales`.

    Ultralytics fails with a bare KeyError. Of a name without a letter it takes the first scale, and says so.
    """
    scale, scales = d.get("scale"), d.get("scales")
    if scale and scales and scale not in scales:
        raise SliceError(f"{d.get('yaml_file', 'the model file')}: no scale {scale!r}; it has {', '.join(scales)}")


def check_names(d: dict[str, Any], stock_names: Mapping[str, Any], blocks: Mapping[str, Block]) -> None:
    """Raise SliceError, with near matches, for the first module name that neither Ultralytics nor yolo-slice has."""
    for index, (_, _, name, _) in rows(d):
        if name.startswith("torchvision.ops.") or name in stock_names or name in blocks:
            continue
        if name.startswith("nn."):
            known = [f"nn.{n}" for n in dir(torch.nn) if n[0].isupper()]
        else:
            known = [*blocks, *PARTS, *(n for n, v in stock_names.items() if inspect.isclass(v))]
        if name in known:
            continue
        near = difflib.get_close_matches(name, known, n=3, cutoff=0.6)
        hint = f"did you mean {' or '.join(near)}?" if near else f"blocks of yolo-slice: {', '.join(sorted(blocks))}."
        raise SliceError(f"layer {index}: unknown block {name!r}; {hint}") from None


def check_row(index: int, row: Row, block: Block) -> None:
    """Raise SliceError if a row of ours has more than one input, repeats, or arguments that the block does not take."""
    source, repeats, name, args = row
    place = f"layer {index}, {row}"
    if not isinstance(source, int):
        raise SliceError(f"{place}: {name} takes one input, so 'from' must be one layer index, not {source}")
    if repeats != 1 and block.scale != 1:
        raise SliceError(f"{place}: {name} changes the resolution, so repeats must be 1, not {repeats}")
    if not isinstance(args, list):
        raise SliceError(f"{place}: arguments must be a list, {_expected(name, block)}, not {args!r}")
    if not args:
        return
    if block.quadruples:
        raise SliceError(f"{place}: {name} makes four times the channels; write it without arguments, {name} []")
    if not isinstance(args[0], int) or isinstance(args[0], bool):
        raise SliceError(f"{place}: the first argument is the number of output channels, not {args[0]!r}")
    try:
        inspect.signature(block.cls).bind("c1", *args[:1], *([repeats] if block.repeats else []), *args[1:])
    except TypeError as error:
        raise SliceError(f"{place}: {error}; expected {_expected(name, block)}") from None


def check_edges(d: Mapping[str, Any]) -> None:
    """Raise SliceError if a stage is to keep what is near an edge, and no row measures edges."""
    named = list(rows(dict(d)))
    if any(row[2] == "EdgeStrength" for _, row in named):
        return
    for index, row in named:
        if row[2] == "SelectiveStage" and isinstance(row[3], list) and "edges" in row[3]:
            raise SliceError(
                f"layer {index}, {row}: mode edges needs a row of EdgeStrength, joined to the stage's input by a "
                "Concat; docs/selective-downsampling.md has the rows"
            )


def check_layer(index: int, row: Row, cls: type) -> None:
    """Raise SliceError if the row of a pooling of ours has more than one input, or arguments that it does not take."""
    source, _, name, args = row
    parameters = inspect.signature(cls)
    if not isinstance(source, int):
        raise SliceError(f"layer {index}, {row}: {name} takes one input, so 'from' must be one layer index")
    try:
        parameters.bind(*args)
    except TypeError as error:
        expected = ", ".join(str(p.replace(annotation=p.empty)) for p in parameters.parameters.values())
        raise SliceError(f"layer {index}, {row}: {error}; expected {name} [{expected}]") from None


def _expected(name: str, block: Block) -> str:
    """Write a block's arguments as a row has them: `SPDConv [c2, k=3, s=2, act=True]`."""
    if block.quadruples:
        return f"{name} []"
    parameters = list(inspect.signature(block.cls).parameters.values())[1:]
    if block.repeats:
        del parameters[1]
    return f"{name} [{', '.join(str(p.replace(annotation=p.empty)) for p in parameters)}]"
