"""What became of one layer, for the printed table and for the checkpoint."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LayerReport:
    """What became of one layer.

    Attributes:
        index: Of the layer.
        block: What it has become, as its row has it.
        params: Parameters before and after.
        r2_preactivation: Share of the variance before the last activation that is kept on held-out images; 1 if exact.
        r2_output: The same behind the activation.
        note: What a user should know of it.
    """

    index: int
    block: str
    params: tuple[int, int]
    r2_preactivation: float
    r2_output: float
    note: str = ""


def report_table(reports: Iterable[LayerReport]) -> str:
    """Write a line for each layer, columns aligned."""
    head = ("layer", "becomes", "parameters", "R2 before activation", "R2 of output", "")
    rows = [
        (
            str(r.index),
            r.block,
            f"{r.params[0]:,} -> {r.params[1]:,}",
            _share(r.r2_preactivation),
            _share(r.r2_output),
            r.note,
        )
        for r in reports
    ]
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    return "\n".join("  ".join(map(str.ljust, row, widths)).rstrip() for row in (head, *rows))


def _share(value: float) -> str:
    return "exact" if value == 1 else f"{value:.3f}"
