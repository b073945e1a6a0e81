"""What has become of one layer, for the printed table and for the checkpoint."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LayerReport:
    """What became of one layer.

    Attributes:
        index: Of the layer.
        block: What it has become, as its row has it.
        params: Parameters before and after.
        r2_output: Share of the variance of its output that is kept on held-out images, as it was fitted; 1 if exact.
        r2_features: The same of the outputs of this layer and of those after it, up to the next changed one, that the
            rest of the model works with; before and after they have learnt together.
        note: What a user should know of it.
    """

    index: int
    block: str
    params: tuple[int, int]
    r2_output: float
    r2_features: tuple[float, float]
    note: str = ""


def report_table(reports: Iterable[LayerReport]) -> str:
    """Write a line for each layer, columns aligned."""
    head = ("layer", "becomes", "parameters", "R2 of output", "R2 of features", "")
    rows = [
        (
            str(r.index),
            r.block,
            f"{r.params[0]:,} -> {r.params[1]:,}",
            _share(r.r2_output),
            " -> ".join(dict.fromkeys(map(_share, r.r2_features))),
            r.note,
        )
        for r in reports
    ]
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    return "\n".join("  ".join(map(str.ljust, row, widths)).rstrip() for row in (head, *rows))


def _share(value: float) -> str:
    return "exact" if value == 1 else f"{value:.3f}"
