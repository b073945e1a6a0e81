"""What the host lends to the other capabilities: its progress bar, its log, its folder of data sets."""

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")


def progress(items: Iterable[T], description: str, total: int | None = None) -> Iterable[T]:
    """Iterate with the host's progress bar, on stderr; total is needed where `items` has no length."""
    from ultralytics.utils.tqdm import TQDM

    return TQDM(items, desc=description, total=total, file=sys.stderr)


def inform(message: str) -> None:
    """Print one line through the host's log, so that `verbose` and notebooks treat it like the host's own."""
    from ultralytics.utils import LOGGER

    LOGGER.info(f"yolo-slice: {message}")


def warn(message: str) -> None:
    """Print one warning through the host's log."""
    from ultralytics.utils import LOGGER

    LOGGER.warning(f"yolo-slice: {message}")


def datasets_dir() -> Path:
    """Return the folder that the host resolves relative data set paths against."""
    from ultralytics.utils import SETTINGS

    return Path(SETTINGS["datasets_dir"])
