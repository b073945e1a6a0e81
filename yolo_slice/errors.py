"""The one exception of this project that a user is meant to read, and what a line on a terminal may hold."""

import re

LONGEST = 1000


class SliceError(ValueError):
    """Bad input: what came, what was expected, where, and what to do. The commands print it without a traceback."""


def one_line(text: str) -> str:
    r"""Escape line breaks, other control characters and what is not UTF-8, and leave out the middle of what is endless.

    A name in a message may be anything.

    Example:
        >>> one_line("a\nb\x1b[31m\udcff\u202e.jpg is not there")
        'a\\nb\\x1b[31m\\udcff\\u202e.jpg is not there'
    """
    if len(text) > LONGEST:
        text = f"{text[: LONGEST // 2]} ... {text[-LONGEST // 4 :]}"
    return re.sub(
        "[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]", lambda found: ascii(found[0])[1:-1], text
    )
