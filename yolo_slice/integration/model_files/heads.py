"""Heads of ours in model files: the stock parser, with our classes known to it under the name of a stock head.

Ultralytics' case for `v10Detect` (8.4.0 to 8.4.190) gives a head the row's arguments and the channels of its inputs, no
more: just what `AnchorDetect(nc, anchors, ch)` takes. Its other heads get settings of the anchor-free head besides.
`Classify` is the one layer with channels whose number of outputs is neither scaled nor rounded: it is one of classes.
`SemanticSegment`, where there is one, is treated as `v10Detect`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from types import FunctionType
from typing import Any

from torch import nn

from yolo_slice.errors import SliceError
from yolo_slice.integration.model_files.head_settings import read_loss_settings, wants_autoanchor
from yolo_slice.integration.model_files.rows import rows
from yolo_slice.integration.replacing import Function


@dataclass(frozen=True, slots=True)
class Head:
    """A head of ours.

    Attributes:
        module: Where its class is; not imported here, because it imports Ultralytics, which imports this.
        lender: Name of the stock head as which the parser treats it.
        anchors: Whether its row names the model file's anchors.
        settings: Arguments of its row after the number of classes, where it says none.
    """

    module: str
    lender: str
    anchors: bool = False
    settings: tuple[Any, ...] = ()


HEADS: Mapping[str, Head] = {
    "AnchorDetect": Head("yolo_slice.heads.anchor_detect", "v10Detect", anchors=True),
    "Classifier": Head("yolo_slice.heads.classifier", "Classify"),
    "UPerSemanticSegment": Head(
        "yolo_slice.segmentation.uper_semantic_segment", "SemanticSegment", settings=(512, 256)
    ),
}


def head_classes() -> dict[str, type[nn.Module]]:
    """Return the classes of our heads by name; but for those that this Ultralytics has no task for."""
    from ultralytics.nn import modules

    known = {name: head for name, head in HEADS.items() if hasattr(modules, head.lender)}
    return {name: getattr(import_module(head.module), name) for name, head in known.items()}


def names_head(d: Mapping[str, Any]) -> bool:
    """Tell whether a model file has a head of ours."""
    return any(row[2] in HEADS for _, row in rows(dict(d)))


def borrow_for_head(
    stock: Function, d: dict[str, Any], probes: Mapping[str, tuple[Head, type[nn.Module]]] | None = None
) -> tuple[Function, dict[str, Any]]:
    """Return the stock parser to which our heads are known, and the model dict with its `anchors` put into the row.

    Both are returned as they are if the dict names no head of ours.

    Args:
        stock: The stock parser.
        d: Content of a model file.
        probes: Heads and their classes by name; default: ours.

    Raises:
        SliceError: If an AnchorDetect's row is not `[nc, anchors]`, the file has no anchors, or its `loss` is not
            understood; if a head of ours stands beside the stock head whose name it borrows, or this Ultralytics has
            no such head.
    """
    named = {row[2] for _, row in rows(d)} & (HEADS if probes is None else probes).keys()
    if not named:
        return stock, d
    known = {name: (HEADS[name], _class_of(name)) for name in named} if probes is None else probes
    borrowed = _lend(stock, d, known)
    return borrowed, {**d, "head": [_resolved(row, d, known) for row in d["head"]]}


def _class_of(name: str) -> type[nn.Module]:
    classes = head_classes()
    if name not in classes:
        from ultralytics import __version__

        raise SliceError(
            f"{name} needs an ultralytics that has {HEADS[name].lender}, which {__version__} has not: "
            "pip install -U ultralytics"
        )
    return classes[name]


def _resolved(row: Any, d: dict[str, Any], known: Mapping[str, tuple[Head, type[nn.Module]]]) -> Any:
    """Return a row of the head with everything that the class of ours needs to be told."""
    head = known[row[2]][0] if isinstance(row, list) and len(row) == 4 and str(row[2]) in known else None
    if head and head.anchors:
        read_loss_settings(d)
        wants_autoanchor(d)
        return _with_anchors(row, d)
    if head and head.settings:
        return _with_settings(row, head.settings)
    if head and not (isinstance(row[0], int) and isinstance(row[3], list) and len(row[3]) == 1):
        raise SliceError(f"{row}: write the layer before it, 1, {row[2]}, [nc], as in [-1, 1, {row[2]}, [nc]]")
    return row


def _with_settings(row: list[Any], settings: tuple[Any, ...]) -> list[Any]:
    source, repeats, name, args = row
    if not (isinstance(source, list) and isinstance(args, list) and 1 <= len(args) <= 1 + len(settings)):
        raise SliceError(f"{row}: write a list of layers, 1, {name}, [nc, {', '.join(map(str, settings))}]")
    return [source, repeats, name, [*args, *settings[len(args) - 1 :]]]


def _lend(stock: Function, d: dict[str, Any], known: Mapping[str, tuple[Head, type[nn.Module]]]) -> Function:
    lenders = {head.lender: cls for head, cls in known.values()}
    for index, row in rows(d):
        if row[2] in lenders:
            ours = " and ".join(sorted(name for name, (head, _) in known.items() if head.lender == row[2]))
            raise SliceError(f"layer {index}, {row}: {row[2]} and {ours} cannot be in one model file; keep one head")
    namespace = {**stock.__globals__, **{name: cls for name, (_, cls) in known.items()}, **lenders}
    borrowed = FunctionType(stock.__code__, namespace, stock.__name__, stock.__defaults__, stock.__closure__)
    borrowed.__kwdefaults__ = stock.__kwdefaults__
    return borrowed


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
    parser, known = borrow_for_head(stock, d, {"Probe": (HEADS["AnchorDetect"], _Probe)})
    layers, save = parser(known, ch=3, verbose=False)
    built, wanted = getattr(layers[2], "built_with", None), (2, d["anchors"], [8, 16])
    return "" if (built, save) == (wanted, [0, 1]) else f"its parser builds a head with {built} instead of {wanted}"


def try_classifier(stock: Function) -> str:
    """Say what is wrong with the parser's treatment of a head with classes for channels, or nothing."""
    d = {"nc": 10, "scales": {"n": [1.0, 0.5, 64]}, "scale": "n", "backbone": [[-1, 1, "Conv", [32, 3, 2]]]}
    d["head"] = [[-1, 1, "Probe", ["nc"]]]
    parser, known = borrow_for_head(stock, d, {"Probe": (HEADS["Classifier"], _Probe)})
    built = getattr(parser(known, ch=3, verbose=False)[0][1], "built_with", None)
    return "" if built == (16, 10) else f"its parser builds a head with {built} instead of (16, 10)"


def try_semantic(stock: Function) -> str:
    """Say what is wrong with the parser's treatment of a head of maps with settings, or nothing."""
    head = HEADS["UPerSemanticSegment"]
    if head.lender not in stock.__globals__:
        return ""  # then there is no such task, either
    d = {"nc": 2, "backbone": [[-1, 1, "Conv", [8, 3, 2]], [-1, 1, "Conv", [16, 3, 2]]]}
    d["head"] = [[[0, 1], 1, "Probe", ["nc", 64]]]
    parser, known = borrow_for_head(stock, d, {"Probe": (head, _Probe)})
    layers, save = parser(known, ch=3, verbose=False)
    built, wanted = getattr(layers[2], "built_with", None), (2, 64, 256, [8, 16])
    return "" if (built, save) == (wanted, [0, 1]) else f"its parser builds a head with {built} instead of {wanted}"
