"""Ultralytics' log and progress bar, for whatever we have to say."""

import functools
import sys
from collections.abc import Iterable
from typing import TypeVar

T = TypeVar("T")


def progress(items: Iterable[T], description: str, total: int | None = None) -> Iterable[T]:
    """Iterate with Ultralytics' progress bar, on stderr; `total` is needed where `items` has no length."""
    from ultralytics.utils.tqdm import TQDM

    return TQDM(items, desc=description, total=total, file=sys.stderr)


def inform(message: str) -> None:
    """Print one line through Ultralytics' log, so that `verbose` and notebooks treat it like its own."""
    from ultralytics.utils import LOGGER

    LOGGER.info(f"yolo-slice: {message}")


@functools.cache
def inform_once(message: str) -> None:
    """Print one line, the first time in a process: Ultralytics reads models and runs validations more than once."""
    inform(message)


def warn(message: str) -> None:
    """Print one warning through Ultralytics' log."""
    from ultralytics.utils import LOGGER

    LOGGER.warning(f"yolo-slice: {message}")
