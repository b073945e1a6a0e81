"""The settings of a derived model."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class YamlSettings:
    """Print or write the model file of a model with swapped rows.

    Attributes:
        model: A model name of Ultralytics, with or without a suffix of ours: yolo26n-seg-slice.
        rows: Numbers of the rows to swap; default: all that can be.
        down: Block for the strided convolutions, or none; default: as the suffix says.
        up: Block for the nearest upsamplings, or none; default: as the suffix says.
        out: File to write; default: print it.
    """

    model: str
    rows: tuple[int, ...] | None = None
    down: str = ""
    up: str = ""
    out: Path | None = None
