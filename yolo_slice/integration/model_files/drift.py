"""Drift guard: does this version of Ultralytics treat borrowed names as we need?

A made-up model is parsed once per process, before the first real one. If it comes out wrong, the version is to blame.
If it comes out right, an error in a user's model file is the file's, and is reported as such. The made-up model is on
the meta device: its weights draw nothing from the random generators, so the real one starts from the user's seed.
"""

import functools
from collections.abc import Callable
from typing import Any

import torch
from torch import nn

import yolo_slice
from yolo_slice.errors import SliceError
from yolo_slice.integration.model_files.borrowed_names import LENDERS, QUADRUPLER, REPEATING_LENDERS, parse
from yolo_slice.integration.model_files.heads import HEADS, try_classifier, try_head, try_semantic
from yolo_slice.integration.replacing import Function
from yolo_slice.registry import Block


class _Probe(nn.Module):
    """Remembers what the parser built it with."""

    def __init__(self, c1: int, c2: int, k: int = 3) -> None:
        super().__init__()
        self.built_with = (c1, c2, k)


def require_supported_ultralytics(stock: Function) -> None:
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
    trials: list[tuple[str, Callable[[], str]]] = [
        *((lender, functools.partial(_try_slot, stock, slot)) for slot, lender in enumerate(LENDERS)),
        *((lender, functools.partial(_try_repeats, stock, slot)) for slot, lender in enumerate(REPEATING_LENDERS)),
        (QUADRUPLER, functools.partial(_try_quadrupling, stock)),
        (HEADS["AnchorDetect"].lender, functools.partial(try_head, stock)),
        (HEADS["Classifier"].lender, functools.partial(try_classifier, stock)),
        (HEADS["UPerSemanticSegment"].lender, functools.partial(try_semantic, stock)),
    ]
    for lender, trial in trials:
        try:
            with torch.device("meta"):
                fault = trial()
        except Exception as error:  # another version of Ultralytics may fail in any way
            fault = f"its parser fails with {type(error).__name__}: {error}"
        if fault:
            return f"borrowing the name {lender}, {fault}"
    return ""


def _try_slot(stock: Function, slot: int) -> str:
    """Parse a row of each kind, a probe in the given slot: scaled, clipped, unchanged, from afar, with arguments."""
    blocks = {f"Probe{i}": Block(type(f"Probe{i}", (_Probe,), {}), 1, "") for i in range(slot + 1)}
    name = f"Probe{slot}"
    backbone: list[list[Any]] = [
        [-1, 1, name, [16]],
        [-1, 1, name, [64]],
        [-1, 1, name, []],
        [0, 1, name, []],
        [-1, 1, name, [32, 5]],
    ]
    wanted = [(3, 8, 3), (8, 16, 3), (16, 16, 3), (8, 8, 3), (8, 16, 5)]
    return _compare(stock, blocks, backbone, name, wanted)


def _try_repeats(stock: Function, slot: int) -> str:
    """Parse rows with repeats, a probe that repeats inside in the given slot: its third argument is their number."""
    blocks = {f"Probe{i}": Block(type(f"Probe{i}", (_Probe,), {}), 1, "", repeats=True) for i in range(slot + 1)}
    name = f"Probe{slot}"
    backbone = [[-1, 5, name, [16]], [-1, 1, name, [64]], [-1, 1, name, []], [0, 1, name, []], [-1, 6, name, [32]]]
    wanted = [(3, 8, 5), (8, 16, 1), (16, 16, 3), (8, 8, 3), (8, 16, 6)]
    return _compare(stock, blocks, backbone, name, wanted)


def _try_quadrupling(stock: Function) -> str:
    """Parse rows whose blocks make four times the channels: of the image, beyond max_channels, from afar."""
    blocks = {"Probe": Block(_Probe, 1, "", quadruples=True)}
    backbone: list[list[Any]] = [[source, 1, "Probe", []] for source in (-1, -1, -1, 0, -1)]
    wanted = [(3, 12, 3), (12, 48, 3), (48, 192, 3), (12, 48, 3), (48, 192, 3)]
    return _compare(stock, blocks, backbone, "Probe", wanted)


def _compare(
    stock: Function, blocks: dict[str, Block], backbone: list[list[Any]], name: str, wanted: list[tuple[int, int, int]]
) -> str:
    """Say in what the parsed layers differ from the wanted ones; all rows are of one block, the fourth from layer 0."""
    d = {"nc": 1, "scales": {"n": [1.0, 0.5, 32]}, "scale": "n", "backbone": backbone, "head": []}
    layers, save = parse(stock, blocks, d, ch=3, verbose=False)
    built = [getattr(layer, "built_with", None) for layer in layers]
    if built != wanted:
        return f"its parser builds (c1, c2, k) = {built} instead of {wanted}"
    if [(type(layer), layer.f) for layer in layers] != [(blocks[name].cls, source) for source, *_ in backbone]:
        return "its parser does not build the layers that the rows name"
    return "" if save == [0] else f"its parser keeps the outputs of layers {save} instead of [0]"
