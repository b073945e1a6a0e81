"""The settings of the two commands that count parameters and operations."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class ComplexitySettings:
    """Count the parameters and GFLOPs of the papers' tables on our models, row by row, beside the printed ones.

    Attributes:
        format: How to print them.
        table: Only these of the papers' tables, with commas between them.
    """

    format: Literal["text", "md", "csv", "json"] = "text"
    table: tuple[
        Literal[
            "SliceSamp 1",
            "SliceSamp 2",
            "SliceSamp 3",
            "SliceSamp 4",
            "SPD-Conv",
            "SSBNet ResNet",
            "SSBNet EfficientNet",
            "SSBNet BoTNet",
        ],
        ...,
    ] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ListSettings:
    """List the blocks and the model files, with parameters and GFLOPs for each scale.

    Attributes:
        kind: List instead what a suffix can swap rows for: those that lower the resolution, or those that raise it.
        json: Print one JSON object instead of tables.
        readme: Measure all models anew, which takes minutes, and rewrite the tables in a checkout's pages and model
            files.
    """

    kind: Literal["", "down", "up"] = ""
    json: bool = False
    readme: bool = False
