"""Blocks in model files: the stock parser, with our blocks known to it and a user's mistakes explained."""

import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

from torch import nn

from yolo_slice.errors import SliceError
from yolo_slice.integration.log import warn
from yolo_slice.integration.model_files.block_key import blocks_of
from yolo_slice.integration.model_files.borrowed_names import parse
from yolo_slice.integration.model_files.drift import require_supported_ultralytics
from yolo_slice.integration.model_files.heads import HEADS, borrow_for_head, head_classes, names_head
from yolo_slice.integration.model_files.mistakes import check_edges, check_layer, check_names, check_row, check_scale
from yolo_slice.integration.model_files.rows import rows
from yolo_slice.integration.model_files.schedule import read_schedule
from yolo_slice.integration.replacing import Function, replace
from yolo_slice.registry import LAYERS, Block


def patch(tasks: ModuleType) -> None:
    """Make `ultralytics.nn.tasks.parse_model` know the registered blocks, and safe loading their classes."""
    import yolo_slice.blocks  # noqa: F401  registers them; if that fails, it fails before anything is replaced

    def wrap(stock: Function) -> Function:
        def parse_model(d: dict[str, Any], *args: Any, **kwargs: Any) -> tuple[nn.Sequential, list[int]]:
            blocks = blocks_of(d)
            ours = _named_blocks(d, blocks, vars(tasks))
            is_ours = bool(ours or any(row[2] in LAYERS for _, row in rows(d)))
            read_schedule(d)
            if is_ours or names_head(d):
                check_scale(d)
                require_supported_ultralytics(stock)
            try:
                known, resolved = borrow_for_head(stock, d)
                with _default_activation_kept():
                    return (_parser(known, ours) if is_ours or names_head(d) else known)(resolved, *args, **kwargs)
            except (KeyError, AttributeError):
                # explains it, if a name is the reason
                check_names(d, {**vars(tasks), **LAYERS, **head_classes()}, blocks)
                raise

        return parse_model

    replace(tasks, "parse_model", wrap)


@contextmanager
def _default_activation_kept() -> Iterator[None]:
    """Let the key `activation` of a model file be that file's alone; 8.4.0 leaves it to all models after it."""
    from ultralytics.nn.modules import Conv

    default = Conv.default_act
    try:
        yield
    finally:
        Conv.default_act = default


def _parser(stock: Function, ours: dict[str, Block]) -> Function:
    """Return a parser of model files that name layers of ours; what is wrong with their rows is said with the row."""

    def parser(d: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        check_edges(d)
        for index, row in rows(d):
            if row[2] in ours:
                check_row(index, row, ours[row[2]])
            elif row[2] in LAYERS:
                check_layer(index, row, LAYERS[row[2]])
        try:
            return parse(stock, ours, d, *args, **kwargs)
        except ValueError as error:
            raise _placed(error, d, ours, stock) from error

    return parser


def _named_blocks(d: dict[str, Any], blocks: dict[str, Block], stock_names: dict[str, Any]) -> dict[str, Block]:
    """Pick the blocks that the model file names; an Ultralytics that has a block of that name is not overruled."""
    named = {row[2] for _, row in rows(d)} & blocks.keys()
    for name in named & stock_names.keys():
        warn(f"this ultralytics has a {name} of its own, which is used instead of yolo-slice's")
    return {name: blocks[name] for name in sorted(named - stock_names.keys())}


def _placed(error: ValueError, d: dict[str, Any], ours: dict[str, Block], stock: Function) -> ValueError:
    """Put the row in front of an error that one of our layers raised; leave Ultralytics' own errors as they are."""
    frames = (frame for frame, _ in traceback.walk_tb(error.__traceback__) if frame.f_code is stock.__code__)
    index = next((frame.f_locals.get("i") for frame in frames), None)
    row = dict(rows(d)).get(index) if index is not None else None
    return SliceError(f"layer {index}, {row}: {error}") if row and row[2] in {*ours, *LAYERS, *HEADS} else error
