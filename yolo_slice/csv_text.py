"""CSV of any names: a spreadsheet takes none of them for a formula."""

import csv
import io
from collections.abc import Iterable, Sequence


def csv_text(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    r"""Write rows as CSV.

    Example:
        >>> csv_text(["class", "AP"], [["hot dog, with mustard", 0.5]])
        'class,AP\n"hot dog, with mustard",0.5\n'
    """
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(map(harmless, row) for row in (head, *rows))
    return text.getvalue()


def harmless(value: object) -> object:
    """Keep a spreadsheet from taking a name for a formula.

    Example:
        >>> harmless("=1+1"), harmless(-0.5), harmless("yolov8n")
        ("'=1+1", -0.5, 'yolov8n')
    """
    return f"'{value}" if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r")) else value
