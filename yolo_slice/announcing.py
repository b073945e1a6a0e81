"""What a command that works for long says meanwhile: lines with the time of day, and durations in words."""

import time
from typing import TextIO


def announce(text: str, stream: TextIO | None = None) -> None:
    """Print a line with the time of day, to be seen at once.

    Args:
        text: What is said.
        stream: Where; None: standard output.
    """
    print(f"{time.strftime('%H:%M:%S')}  {text}", file=stream, flush=True)


def duration(seconds: float) -> str:
    """Write a time in two units.

    Example:
        >>> duration(42.4), duration(754), duration(7260), duration(200000)
        ('42 s', '12 min 34 s', '2 h 1 min', '2 d 7 h')
    """
    units = (("d", 86400), ("h", 3600), ("min", 60), ("s", 1))
    left, parts = round(seconds), []
    for name, size in units:
        count, left = divmod(left, size)
        if count or parts:
            parts.append(f"{count} {name}")
    return " ".join(parts[:2]) or "0 s"
