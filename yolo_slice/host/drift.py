"""Drift guard: does this version of the host treat borrowed names as we need?

A made-up model is parsed once per process, before the first real one. If it comes out wrong, the version is to blame.
If it comes out right, an error in a user's model file is the file's, and is reported as such.
"""

import functools
from typing import Any

from torch import nn

import yolo_slice
from yolo_slice.errors import SliceError
from yolo_slice.host.lending import LENDERS, parse
from yolo_slice.host.replacing import Function


class _Probe(nn.Module):
    """Remembers what the parser built it with."""

    def __init__(self, c1: int, c2: int, k: int = 3) -> None:
        super().__init__()
        self.built_with = (c1, c2, k)


def require_supported_host(stock: Function) -> None:
    """Raise SliceError, naming both versions, if the stock parser does not treat our blocks as we need."""
    fault = find_fault(stock)
    if fault:
        from ultralytics import __version__

        raise SliceError(
            f"yolo-slice {yolo_slice.__version__} does not support ultralytics {__version__}: {fault}. Stock models "
            "are not affected. Upgrade yolo-slice, or install an older ultralytics that it supports."
        )


@functools.cache
def find_fault(stock: Function) -> str:
    """Say what is wrong with the parser's treatment of borrowed names, or nothing."""
    for slot in range(len(LENDERS)):
        try:
            fault = _try_slot(stock, slot)
        except Exception as error:  # another version of the host may fail in any way
            fault = f"its parser fails with {type(error).__name__}: {error}"
        if fault:
            return f"borrowing the name {LENDERS[slot]}, {fault}"
    return ""


def _try_slot(stock: Function, slot: int) -> str:
    """Parse a row of each kind, a probe in the given slot: scaled, clipped, unchanged, from afar, with arguments."""
    blocks = {f"Probe{i}": type(f"Probe{i}", (_Probe,), {}) for i in range(slot + 1)}
    name = f"Probe{slot}"
    backbone: list[list[Any]] = [
        [-1, 1, name, [16]],
        [-1, 1, name, [64]],
        [-1, 1, name, []],
        [0, 1, name, []],
        [-1, 1, name, [32, 5]],
    ]
    d = {"nc": 1, "scales": {"n": [1.0, 0.5, 32]}, "scale": "n", "backbone": backbone, "head": []}
    layers, save = parse(stock, blocks, d, ch=3, verbose=False)
    built = [getattr(layer, "built_with", None) for layer in layers]
    wanted = [(3, 8, 3), (8, 16, 3), (16, 16, 3), (8, 8, 3), (8, 16, 5)]
    if built != wanted:
        return f"its parser builds (c1, c2, k) = {built} instead of {wanted}"
    if [type(layer) for layer in layers] != [blocks[name]] * 5 or [layer.f for layer in layers] != [-1, -1, -1, 0, -1]:
        return "its parser does not build the layers that the rows name"
    return "" if save == [0] else f"its parser keeps the outputs of layers {save} instead of [0]"
