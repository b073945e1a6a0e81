"""Heads of ours in model files: the stock parser, with our classes known to it under the name of a stock head.

Ultralytics' case for `v10Detect` (8.4.0 to 8.4.190) gives a head the row's arguments and the channels of its inputs, no
more: just what `AnchorDetect(nc, anchors, ch)` takes. Its other heads get settings of the anchor-free head besides.
"""

from collections.abc import Mapping
from types import FunctionType
from typing import Any

from torch import nn

from yolo_slice.errors import SliceError
from yolo_slice.integration.model_files.head_settings import read_loss_settings, wants_autoanchor
from yolo_slice.integration.model_files.rows import rows
from yolo_slice.integration.replacing import Function

HEADS = frozenset({"AnchorDetect"})
HEAD_LENDER = "v10Detect"


def head_classes() -> dict[str, type[nn.Module]]:
    """Return the classes of our heads by name."""
    from yolo_slice.heads.anchor_detect import AnchorDetect  # not above: it imports Ultralytics, which imports this

    return {"AnchorDetect": AnchorDetect}


def names_head(d: Mapping[str, Any]) -> bool:
    """Tell whether a model file has a head of ours."""
    return any(row[2] in HEADS for _, row in rows(dict(d)))


def borrow_for_head(
    stock: Function, d: dict[str, Any], heads: Mapping[str, type[nn.Module]] | None = None
) -> tuple[Function, dict[str, Any]]:
    """Return the stock parser to which our heads are known, and the model dict with its `anchors` put into the row.

    Both are returned as they are if the dict names no head of ours.

    Raises:
        SliceError: If the head's row is not `[nc, anchors]`, the file has no anchors, or its `loss` is not understood.
    """
    heads = head_classes() if heads is None else heads
    named = {row[2] for _, row in rows(d)} & heads.keys()
    if not named:
        return stock, d
    read_loss_settings(d)
    wants_autoanchor(d)
    namespace = {**stock.__globals__, **heads, HEAD_LENDER: heads[named.pop()]}
    borrowed = FunctionType(stock.__code__, namespace, stock.__name__, stock.__defaults__, stock.__closure__)
    borrowed.__kwdefaults__ = stock.__kwdefaults__
    return borrowed, {**d, "head": [_with_anchors(row, d) if row[2] in heads else row for row in d["head"]]}


def _with_anchors(row: list[Any], d: Mapping[str, Any]) -> list[Any]:
    source, repeats, name, args = row
    if not (isinstance(source, list) and isinstance(args, list) and len(args) == 2):
        raise SliceError(f"{row}: write a list of layers, 1, {name}, [nc, anchors]")
    anchors = d.get("anchors") if args[1] == "anchors" else args[1]
    if not anchors:
        raise SliceError(f"{row}: the model file has no anchors; add `anchors:`, a list of widths and heights a level")
    return [source, repeats, name, [args[0], anchors]]


class _Probe(nn.Module):
    """Remembers what the parser built it with."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__()
        self.built_with = arguments


def try_head(stock: Function) -> str:
    """Say what is wrong with the parser's treatment of a head that borrows a name, or nothing."""
    backbone = [[-1, 1, "Conv", [8, 3, 2]], [-1, 1, "Conv", [16, 3, 2]]]
    d = {"nc": 2, "backbone": backbone, "head": [[[0, 1], 1, "Probe", ["nc", "anchors"]]], "anchors": [[1, 2], [3, 4]]}
    parser, known = borrow_for_head(stock, d, {"Probe": _Probe})
    layers, save = parser(known, ch=3, verbose=False)
    built, wanted = getattr(layers[2], "built_with", None), (2, d["anchors"], [8, 16])
    return "" if (built, save) == (wanted, [0, 1]) else f"its parser builds a head with {built} instead of {wanted}"
