"""The stock `parse_model`, run in a namespace where our classes have borrowed the name of a host class.

The host builds its set of channel-changing modules from the names in its module, at every call. So its own code object,
given a copy of its globals in which `Focus`, say, is SliceSamp, treats SliceSamp as one of its own: width, depth,
max_channels, repeats, activation, save list and the printed table are the host's doing. No source is copied, and the
host's module is not changed, not even for the time of the call.
"""

import copy
from collections.abc import Mapping
from types import FunctionType
from typing import Any

from torch import nn

from yolo_slice.errors import SliceError
from yolo_slice.host.replacing import Function
from yolo_slice.host.rows import rows

# Host classes that take (c1, c2, ...), do not repeat and have no case of their own in parse_model (8.4.0 to 8.4.190).
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


def parse(
    stock: Function, blocks: Mapping[str, type[nn.Module]], d: dict[str, Any], *args: Any, **kwargs: Any
) -> tuple[nn.Sequential, list[int]]:
    """Run the stock parser on model dict `d`, with `blocks` known to it.

    A row of ours without arguments keeps the number of channels. It must not use a borrowed name, because the host
    would scale the width of what is already scaled; the host's default treatment of an unknown module is right for it.
    """
    d = copy.deepcopy(d)
    names = {row[2] for _, row in rows(d)}
    lenders = [name for name in LENDERS if name in stock.__globals__ and name not in names]
    if len(blocks) > len(lenders):
        raise SliceError(f"{len(blocks)} kinds of yolo-slice blocks in one model file; at most {len(lenders)} fit")
    for _, row in rows(d):
        if row[2] in blocks and not row[3]:
            # The parser looks strings up among its own variables: c2 is the last layer's width, ch are all widths.
            row[2:] = f"{row[2]}[]", ["c2"] if row[0] == -1 else ["ch", row[0]]
    namespace = {
        **stock.__globals__,
        **dict(zip(lenders, blocks.values(), strict=False)),
        **blocks,
        **{f"{name}[]": _keeping_channels(cls) for name, cls in blocks.items()},
    }
    borrowed = FunctionType(stock.__code__, namespace, stock.__name__, stock.__defaults__, stock.__closure__)
    borrowed.__kwdefaults__ = stock.__kwdefaults__
    return borrowed(d, *args, **kwargs)


def _keeping_channels(block: type[nn.Module]) -> type[nn.Module]:
    """Make a stand-in that builds `block(c, c)` and that the host's table prints as `block`."""

    class Keeper(nn.Module):
        def __new__(cls, channels: int | list[int], index: int = -1) -> nn.Module:
            c = channels if isinstance(channels, int) else channels[index]
            return block(c, c)

    Keeper.__module__, Keeper.__qualname__ = block.__module__, block.__qualname__
    return Keeper
