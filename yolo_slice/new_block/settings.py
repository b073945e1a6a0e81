"""The settings of a new block."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class NewBlockSettings:
    """Write a block of your own to start from: its file, its test, and a model file that uses it.

    Attributes:
        name: The class's name: MyDown.
        direction: Does it halve or double the resolution?
        model: Stock model whose rows it takes, without a scale.
        folder: Folder to write to; it is made if it is not there.
    """

    name: str
    direction: Literal["down", "up"] = "down"
    model: str = "yolov8"
    folder: Path = Path()
