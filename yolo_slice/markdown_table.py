"""Tables in Markdown, of any names."""

import re
from collections.abc import Sequence

# What GitHub would take for markup; `_` within a word, `<` before a blank and `[0, 1]` are safe.
_MEANINGFUL = re.compile(r"([\\`*|$]|~~|<(?=[^\s\d])|\](?=[(\[:])|&(?=#?\w+;)|(?<![^\W_])_|_(?![^\W_]))")


def literal(text: str) -> str:
    r"""Write a text so that Markdown shows it as it is, in a line.

    Example:
        >>> literal("a|b"), literal("yolov8n_dq.pt [0, 1] < 2"), literal("_x_ <b> [a](b)")
        ('a\\|b', 'yolov8n_dq.pt [0, 1] < 2', '\\_x\\_ \\<b> [a\\](b)')
    """
    return _MEANINGFUL.sub(r"\\\1", " ".join(text.split()))


def aligned(rows: Sequence[Sequence[str]]) -> str:
    """Write a Markdown table that is a table on a terminal, too: the first column to the left, the others to the right.

    Example:
        >>> print(aligned([["model", "P"], ["a", "0.5"]]))
        | model |   P |
        |:------|----:|
        | a     | 0.5 |
    """
    rows = [[literal(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    texts = [[row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])] for row in rows]
    rule = "|".join([":" + "-" * (widths[0] + 1), *("-" * (width + 1) + ":" for width in widths[1:])])
    lines = [f"| {' | '.join(cells)} |" for cells in texts]
    return "\n".join([lines[0], f"|{rule}|", *lines[1:]])
