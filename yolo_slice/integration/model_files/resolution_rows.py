"""The rows of a model file that change the resolution: which of them slicing can replace, and why not the others."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from yolo_slice.integration.model_files.rows import Row, rows

Direction = Literal["down", "up", "level"]


@dataclass(frozen=True, slots=True)
class ResolutionRow:
    """A row that a suffix may swap: most of them change the resolution.

    Attributes:
        index: Its number, counted over backbone and head.
        row: [from, repeats, module, arguments].
        direction: Does it lower, raise or keep the resolution?
        fault: Why it cannot be swapped; empty if it can.
    """

    index: int
    row: Row
    direction: Direction
    fault: str = ""


def resolution_rows(d: dict[str, Any]) -> list[ResolutionRow]:
    """Find the rows of a model file that change the resolution, and say of each whether it can be swapped.

    A 3x3 convolution of stride 2 can, and nearest upsampling by 2. The convolution that reads the image stays, as in
    the paper: three sliced colours are twelve thin channels. A module unknown here is taken to keep the resolution.

    Example:
        >>> d = {"backbone": [[-1, 1, "Conv", [64, 3, 2]], [-1, 1, "Conv", [128, 3, 2]]], "head": []}
        >>> [(r.index, r.fault) for r in resolution_rows(d)]
        [(0, 'reads the image'), (1, '')]
    """
    passing: set[int] = set()  # rows that hand on the image as it is
    found = []
    for index, row in rows(d):
        source = row[0]
        is_first = index == 0 or (isinstance(source, int) and (index + source if source < 0 else source) in passing)
        if is_first and row[2] == "nn.Identity":
            passing.add(index)
        found += [ResolutionRow(index, row, *judged) for judged in _judge(row, is_first)]
    return found


def _judge(row: Row, is_first: bool) -> Iterator[tuple[Direction, str]]:
    source, repeats, name, args = row
    if name == "Conv":
        if _argument(args, 2, 1) != 1:
            yield "down", "reads the image" if is_first else _conv_fault(args) or _place_fault(source, repeats)
    elif name == "nn.Upsample":
        is_nearest = args in ([None, 2, "nearest"], ["None", 2, "nearest"])
        yield "up", _place_fault(source, repeats) if is_nearest else "not nearest upsampling by 2"
    elif name in OTHERS:
        direction, changes_resolution, fault = OTHERS[name]
        if changes_resolution(args):
            yield direction, fault


def _argument(args: list[Any], position: int, default: Any) -> Any:
    """Read an argument; model files write None as a word."""
    value = args[position] if len(args) > position else default
    return None if value == "None" else value


def _conv_fault(args: list[Any]) -> str:
    """Say why a strided Conv [c2, k, s, p, g, d, act] is not the layer that SliceSamp and SPD-Conv replace."""
    k, s = _argument(args, 1, 1), _argument(args, 2, 1)
    if (k, s) != (3, 2):
        return f"kernel {k} and stride {s} instead of 3 and 2"
    names = ("padding", "groups", "dilation", "activation")
    expected = ((None, 1), (None, 1), (None, 1), (True,))
    odd = [n for i, (n, e) in enumerate(zip(names, expected, strict=True)) if _argument(args, 3 + i, e[0]) not in e]
    return f"{' and '.join(odd)} of its own" if odd else ""


def _place_fault(source: Any, repeats: Any) -> str:
    return "" if isinstance(source, int) and repeats == 1 else "more than one input or repeat"


def _is_strided(position: int, default: int) -> Callable[[list[Any]], bool]:
    return lambda args: _argument(args, position, default) not in (1, [1, 1])


def _always(_: list[Any]) -> bool:
    return True


# Other modules: direction, does the row with these arguments change the resolution, why it is left
OTHERS: dict[str, tuple[Direction, Callable[[list[Any]], bool], str]] = {
    "ADown": ("down", _always, "pools and convolves in two branches"),
    "AConv": ("down", _always, "pools before it strides"),
    "DWConv": ("down", _is_strided(2, 1), "depthwise: each channel strides alone"),
    "Focus": ("down", _always, "slices already"),
    "GhostConv": ("down", _is_strided(2, 1), "half of its output is made depthwise from the other half"),
    "HGStem": ("down", _always, "reads the image"),
    "ResNetLayer": ("down", lambda args: args[2] != 1 or _argument(args, 3, False) is True, "strides inside a block"),
    "SCDown": ("down", _is_strided(2, 1), "strides in a depthwise convolution"),
    "TorchVision": ("down", _always, "a whole backbone in one row"),
    "nn.AvgPool2d": ("down", _is_strided(1, 2), "pools, without weights"),
    "nn.Conv2d": ("down", _is_strided(3, 1), "has no BatchNorm and activation"),
    "nn.MaxPool2d": ("down", _is_strided(1, 2), "pools, without weights"),
    "ConvTranspose": ("up", _is_strided(2, 2), "its up-sampling is learned already"),
    "nn.ConvTranspose2d": ("up", _is_strided(2, 1), "its up-sampling is learned already"),
}
