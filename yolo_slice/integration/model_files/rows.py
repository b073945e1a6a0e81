"""The rows of a model file, and how they are written in a message."""

from collections.abc import Iterator
from typing import Any

Row = list[Any]  # [from, repeats, module, args]


def rows(d: dict[str, Any]) -> Iterator[tuple[int, Row]]:
    """Enumerate the well-formed rows of a model file; Ultralytics complains about the others."""
    for index, row in enumerate([*(d.get("backbone") or []), *(d.get("head") or [])]):
        if isinstance(row, list) and len(row) == 4 and isinstance(row[2], str):
            yield index, row


def group_rows(items: list[tuple[int, str]]) -> str:
    """Write numbered things with the equal ones together: `SliceSamp in rows 1, 3 and 5`.

    Example:
        >>> group_rows([(1, "Conv"), (2, "ADown"), (4, "Conv")])
        'Conv in rows 1 and 4, ADown in row 2'
    """
    texts = []
    for text in dict.fromkeys(text for _, text in items):
        *first, last = [str(i) for i, t in items if t == text]
        texts.append(f"{text} in " + (f"rows {', '.join(first)} and {last}" if first else f"row {last}"))
    return ", ".join(texts)
