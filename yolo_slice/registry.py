"""The blocks and the facts about them: registered means tested, documented and known to the model parser."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TypeVar

import torch
from torch import nn

from yolo_slice.errors import SliceError

M = TypeVar("M", bound=type[nn.Module])


@dataclass(frozen=True, slots=True)
class Block:
    """What the rest of the project knows of a block.

    Attributes:
        cls: The module class; its constructor starts with `c1, c2`.
        scale: Output height and width over the input's, with default arguments.
        paper: Address of the publication.
        quadruples: Whether c2 is 4 * c1 by nature; its rows in model files then have no arguments.
        excused: Laws of `yolo_slice.testing` that this block does not keep, each with the reason.
        repeats: Whether it repeats inside, as C2f does: its third argument is then the row's number of repeats.
    """

    cls: type[nn.Module]
    scale: float
    paper: str
    quadruples: bool = False
    excused: Mapping[str, str] = field(default_factory=dict)
    repeats: bool = False


BLOCKS: dict[str, Block] = {}
LAYERS: dict[str, type[nn.Module]] = {}
_apart: ContextVar[tuple[str, dict[str, Block]]] = ContextVar("module and its blocks")


def block(
    *,
    scale: float,
    paper: str = "",
    quadruples: bool = False,
    excused: Mapping[str, str] | None = None,
    repeats: bool = False,
) -> Callable[[M], M]:
    """Register the decorated module class under its own name, which is its name in YAML files and tables.

    Raises:
        SliceError: If a block of another module has this name.
    """

    def register(cls: M) -> M:
        entry = Block(cls, scale, paper, quadruples, excused or {}, repeats)
        module, found = _apart.get(("", BLOCKS))
        add_block(found if cls.__module__ == module else BLOCKS, entry)
        cls.yolo_slice_block = entry  # pyright: ignore[reportAttributeAccessIssue]
        torch.serialization.add_safe_globals([cls])  # checkpoints pickle the class
        return cls

    return register


def layer(cls: M) -> M:
    """Let model files name the decorated class with arguments of its own, as they name `nn.MaxPool2d`.

    It is no block: it is not told its channels, and what it makes has as many as its input.
    """
    LAYERS[cls.__name__] = cls
    torch.serialization.add_safe_globals([cls])  # checkpoints pickle the class
    return cls


def add_block(blocks: dict[str, Block], entry: Block) -> None:
    """Add a block to others under its name.

    Raises:
        SliceError: If one of another module has it.
    """
    name = entry.cls.__name__
    known = blocks.get(name)
    if known and known.cls.__module__ != entry.cls.__module__:
        raise SliceError(f"{name} is the name of a block of {known.cls.__module__}; choose another name")
    blocks[name] = entry


@contextmanager
def registered_apart(module: str) -> Iterator[dict[str, Block]]:
    """Let what a module registers inside be in the yielded dict, and not in `BLOCKS`; what it imports is as usual."""
    found: dict[str, Block] = {}
    token = _apart.set((module, found))
    try:
        yield found
    finally:
        _apart.reset(token)


def block_of(module: nn.Module) -> Block | None:
    """Return the facts of the block that a module is, or is derived from; None of any other module."""
    return getattr(type(module), "yolo_slice_block", None)
