"""A paper's complexity column: its rows, what is printed in them, and how our models of them are made."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from torch import nn

Build = Callable[[], nn.Module]


@dataclass(frozen=True, slots=True)
class PaperRow:
    """One row of a table.

    Attributes:
        name: The row's name in the paper.
        params_m: Parameters in millions, as printed; None if the paper does not print them, or not for this row.
        gflops: As printed; None if the paper has no such column.
        build: Makes our model of it, on the meta device, in the mode to be counted.
        reading: How we read the row, where the paper leaves a choice.
        beside: Other models whose numbers belong beside the row's, by what they are.
        imgsz: Side of the square image, pixels; 0: the table's.
        misses: How far ours is known to be from what is printed, percent; 0: it is exact.
    """

    name: str
    params_m: str | None
    gflops: str | None
    build: Build
    reading: str = ""
    beside: Mapping[str, Build] = field(default_factory=dict)
    imgsz: int = 0
    misses: float = 0.0


@dataclass(frozen=True, slots=True)
class PaperTable:
    """A table of a paper.

    Attributes:
        name: As in `yolo-slice complexity table=`.
        title: What it compares, on what.
        convention: How its GFLOPs are counted, a key of `counting.CONVENTIONS`.
        imgsz: Side of the square image that the GFLOPs are for, pixels.
        truncates: Whether the paper cuts digits off, instead of rounding.
        rows: Its rows.
        needs: Package that its models are from, if it is not one of ours.
        statistics: Whether BatchNorm's running statistics count as parameters, as in Keras' totals.
    """

    name: str
    title: str
    convention: str
    imgsz: int
    truncates: bool
    rows: tuple[PaperRow, ...]
    needs: str = ""
    statistics: bool = False
