"""The blocks and the facts about them: registered means tested, documented and known to the model parser."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

import torch
from torch import nn

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
    """

    cls: type[nn.Module]
    scale: float
    paper: str
    quadruples: bool = False
    excused: Mapping[str, str] = field(default_factory=dict)


BLOCKS: dict[str, Block] = {}


def block(
    *, scale: float, paper: str, quadruples: bool = False, excused: Mapping[str, str] | None = None
) -> Callable[[M], M]:
    """Register the decorated module class under its own name, which is its name in YAML files and tables."""

    def register(cls: M) -> M:
        BLOCKS[cls.__name__] = Block(cls, scale, paper, quadruples, excused or {})
        torch.serialization.add_safe_globals([cls])  # checkpoints pickle the class
        return cls

    return register
