"""Ultralytics' log and progress bar, for whatever we have to say."""

import functools
import sys
import time
from collections.abc import Iterable, Iterator, Sized
from typing import Any, TypeVar

T = TypeVar("T")
WARNING_SIGN = "⚠️"
PATIENCE_S = 1.0  # of who looks at a terminal; the bar is Ultralytics', whose import alone takes longer


def progress(items: Iterable[T], description: str, total: int | None = None) -> Iterator[T]:
    """Iterate with Ultralytics' progress bar on stderr, if that is a terminal and the work takes longer than a second.

    Args:
        items: What is iterated over.
        description: What is done, before the bar.
        total: How many there are; needed where `items` has no length.
    """
    total = len(items) if total is None and isinstance(items, Sized) else total
    start, bar = time.monotonic(), None
    try:
        for done, item in enumerate(items):
            if bar is None and time.monotonic() - start > PATIENCE_S and sys.stderr.isatty():
                bar = _make_bar(description, total, done)
            elif bar is not None:
                bar.update()
            yield item
        if bar is not None:
            bar.update()
    finally:
        if bar is not None:
            bar.close()


def _make_bar(description: str, total: int | None, done: int) -> Any:
    from ultralytics.utils.tqdm import TQDM

    bar = TQDM(desc=description, total=total, file=sys.stderr)
    bar.update(done)
    return bar


def inform(message: str) -> None:
    """Print one line through Ultralytics' log, so that `verbose` and notebooks treat it like its own."""
    from ultralytics.utils import LOGGER

    LOGGER.info(f"yolo-slice: {message}")


@functools.cache
def inform_once(message: str) -> None:
    """Print one line, the first time in a process: Ultralytics reads models and runs validations more than once."""
    inform(message)


def warn(message: str) -> None:
    """Print one warning through Ultralytics' log, without its sign where the terminal's encoding has none."""
    from ultralytics.utils import LOGGER

    if _has_sign():
        LOGGER.warning(f"yolo-slice: {message}")
    else:  # Ultralytics puts the sign before every warning, and `logging` prints a traceback where it cannot
        LOGGER.info(f"WARNING yolo-slice: {message}")


def _has_sign() -> bool:
    try:
        WARNING_SIGN.encode(sys.stdout.encoding or "utf-8")
    except (UnicodeEncodeError, LookupError):
        return False
    return True
