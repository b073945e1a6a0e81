"""The stock `parse_model`, run in a namespace where our classes have borrowed the names of Ultralytics' own.

Ultralytics builds its set of channel-changing modules from the names in its module, at every call. So its own code
object, given a copy of its globals in which `Focus`, say, is SliceSamp, treats SliceSamp as one of its own: width,
depth, max_channels, repeats, activation, save list and the printed table are Ultralytics' doing. No source is copied,
and its module is not changed, not even for the time of the call.
"""

import copy
from collections.abc import Mapping
from types import FunctionType
from typing import Any, SupportsIndex

from torch import nn

from yolo_slice.errors import SliceError
from yolo_slice.integration.model_files.rows import Row, rows
from yolo_slice.integration.replacing import Function
from yolo_slice.registry import LAYERS, Block

# Stock classes that take (c1, c2, ...), do not repeat and have no case of their own in parse_model (8.4.0 to 8.4.190).
LENDERS = (
    "Focus",
    "GhostConv",
    "ConvTranspose",
    "DWConvTranspose2d",
    "ELAN1",
    "ADown",
    "AConv",
    "SPPELAN",
    "PSA",
    "SCDown",
)
# Stock classes that take (c1, c2, n, ...), n the row's repeats, and have no case of their own in parse_model.
REPEATING_LENDERS = ("C3TR", "C3x", "C3Ghost", "BottleneckCSP", "C1", "C2")
# Scales for which Ultralytics' case of C3k2 sets its argument c3k; a row that borrows another's name is treated alike.
C3K_SCALES = ("m", "l", "x")
# Stock class whose case in parse_model makes four times the channels that its second argument names, if the fourth is
# false: neither scaled by width nor clipped at max_channels (8.4.0 to 8.4.190).
QUADRUPLER = "ResNetLayer"


def parse(
    stock: Function, blocks: Mapping[str, Block], d: dict[str, Any], *args: Any, **kwargs: Any
) -> tuple[nn.Sequential, list[int]]:
    """Run the stock parser on model dict `d`, with `blocks` and the layers of ours that it names known to it."""
    d = copy.deepcopy(d)
    layers = {row[2]: LAYERS[row[2]] for _, row in rows(d) if row[2] in LAYERS.keys() - stock.__globals__.keys()}
    namespace = {**stock.__globals__, **_borrow(stock.__globals__, blocks, d), **layers}
    for _, row in rows(d):
        if row[2] == "C3k2SSB" and d.get("scale") in C3K_SCALES:
            row[3][1:2] = [True]
        if row[2] in blocks and not row[3]:
            (_quadruple_channels if blocks[row[2]].quadruples else _keep_channels)(row)
    borrowed = FunctionType(stock.__code__, namespace, stock.__name__, stock.__defaults__, stock.__closure__)
    borrowed.__kwdefaults__ = stock.__kwdefaults__
    return borrowed(d, *args, **kwargs)


def _borrow(stock_names: Mapping[str, Any], blocks: Mapping[str, Block], d: dict[str, Any]) -> dict[str, Any]:
    """Say which names mean what while `d` is parsed: each block borrows that of a stock class that `d` leaves free."""
    named = {row[2] for _, row in rows(d)}
    scaled = [name for name, entry in blocks.items() if not (entry.quadruples or entry.repeats)]
    repeating = [name for name, entry in blocks.items() if entry.repeats]
    quadrupled = [name for name, entry in blocks.items() if entry.quadruples]
    lenders, repeaters = (
        [name for name in names if name in stock_names and name not in named] for names in (LENDERS, REPEATING_LENDERS)
    )
    for wanted, offered in ((scaled, lenders), (repeating, repeaters)):
        if len(wanted) > len(offered):
            raise SliceError(f"{len(wanted)} kinds of yolo-slice blocks in one model file; at most {len(offered)} fit")
    if len(quadrupled) > (QUADRUPLER not in named):
        raise SliceError(f"{' and '.join(quadrupled)}: one such block fits into a model file, none beside {QUADRUPLER}")
    stand_ins = {f"{name}[]": _stand_in(entry.cls, 4 if entry.quadruples else 1) for name, entry in blocks.items()}
    return {
        **dict(zip(lenders, (blocks[name].cls for name in scaled), strict=False)),
        **dict(zip(repeaters, (blocks[name].cls for name in repeating), strict=False)),
        **dict(zip([QUADRUPLER], (stand_ins[f"{name}[]"] for name in quadrupled), strict=False)),
        **{name: entry.cls for name, entry in blocks.items()},
        **stand_ins,
    }


def _keep_channels(row: Row) -> None:
    """Rewrite a row without arguments, to which the number of channels is unchanged.

    It must not use a borrowed name, because then the width of what is already scaled would be scaled again; the
    default treatment of an unknown module is right for it.
    """
    # The parser looks strings up among its own variables: c2 is the last layer's width, ch are all widths.
    row[2:] = f"{row[2]}[]", ["c2"] if row[0] == -1 else ["ch", row[0]]


def _quadruple_channels(row: Row) -> None:
    """Rewrite a row without arguments whose output has four times the channels of its input."""
    row[2:] = f"{row[2]}[]", ["c2", "c2", 1, False] if row[0] == -1 else ["ch", _Width(row), 1, False]


class _Width:
    """Index of a row's input in the parser's list of widths; times four, it is four times that width."""

    def __init__(self, row: Row) -> None:
        self.row = row

    def __index__(self) -> int:
        return self.row[0]

    def __mul__(self, factor: int) -> int:
        widths = self.row[3][0]  # by now the parser has put its list there, for the string "ch"
        return widths[self] * factor

    def __repr__(self) -> str:
        return str(self.row[0])


def _stand_in(block: type[nn.Module], factor: int) -> type[nn.Module]:
    """Make a class that builds `block(c, factor * c)` and that Ultralytics' table prints as `block`."""

    class StandIn(nn.Module):
        def __new__(cls, channels: int | list[int], index: SupportsIndex = -1, *_: Any) -> nn.Module:
            c = channels if isinstance(channels, int) else channels[index]
            return block(c, factor * c)

    StandIn.__module__, StandIn.__qualname__ = block.__module__, block.__qualname__
    return StandIn
