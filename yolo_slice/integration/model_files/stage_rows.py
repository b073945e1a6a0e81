"""The rows of a model file whose bottlenecks can be sampled: those of the backbone, but for the finest."""

from typing import Any

from yolo_slice.integration.model_files.resolution_rows import ResolutionRow

SHORTCUT = {"C2f": (1, False), "C3": (1, True), "C3k2": (6, True)}  # its place in a row, and its default


def stage_rows(d: dict[str, Any]) -> list[ResolutionRow]:
    """Find the rows of a backbone that are made of bottlenecks, and say of each whether it can be sampled.

    The first stays, as in the paper: at its resolution sampling costs what it saves. So does a row without shortcuts.

    Example:
        >>> d = {"backbone": [[-1, 3, "C2f", [128, True]], [-1, 6, "C2f", [256, True]], [-1, 1, "C2f", [256]]]}
        >>> [(r.index, r.fault) for r in stage_rows(d)]
        [(0, 'the finest'), (1, ''), (2, 'has no shortcuts')]
    """
    rows = [(index, row) for index, row in enumerate(d.get("backbone") or []) if row[2] in SHORTCUT]
    return [
        ResolutionRow(index, row, "level", "the finest" if number == 0 else _fault(row))
        for number, (index, row) in enumerate(rows)
    ]


def _fault(row: list[Any]) -> str:
    place, default = SHORTCUT[row[2]]
    args = row[3]
    if not (args[place] if len(args) > place else default):
        return "has no shortcuts"
    return "has arguments of its own" if len(args) > (3 if row[2] == "C3k2" else 2) else ""
