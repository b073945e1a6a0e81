"""Whether a file is what its name promises, to its end."""

import csv
import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import yaml
from PIL import Image

from torture.process import call


def is_whole(file: Path) -> bool:
    """Read a file to its end in the manner of its suffix."""
    try:
        READERS.get(file.suffix, _text)(file)
    except Exception:  # whatever a reader says of a half-written file
        return False
    return True


def _text(file: Path) -> None:
    if not file.read_bytes().endswith(b"\n"):
        raise ValueError("no end of line at the end")


def _html(file: Path) -> None:
    if not file.read_text("utf-8").rstrip().endswith("</html>"):
        raise ValueError("no end")


def _csv(file: Path) -> None:
    rows = [*csv.reader(io.StringIO(file.read_text("utf-8")))]
    if len({len(row) for row in rows}) != 1:
        raise ValueError("rows of several lengths, or none")


def _checkpoint(file: Path) -> None:
    if (broken := zipfile.ZipFile(file).testzip()) is not None:
        raise ValueError(broken)


def _video(file: Path) -> None:
    def read() -> None:
        import cv2

        video = cv2.VideoCapture(str(file))
        promised, found = int(video.get(cv2.CAP_PROP_FRAME_COUNT)), 0
        while video.read()[0]:
            found += 1
        if not found or found != promised:
            raise SystemExit

    call(read)


def _picture(file: Path) -> None:
    with Image.open(file) as image:
        image.load()


READERS: dict[str, Callable[[Path], object]] = {
    ".html": _html,
    ".csv": _csv,
    ".pt": _checkpoint,
    ".mp4": _video,
    ".jpg": _picture,
    ".png": _picture,
    ".npy": np.load,
    ".json": lambda file: json.loads(file.read_text("utf-8")),
    ".yaml": lambda file: yaml.safe_load(file.read_text("utf-8")) or 1 / 0,
    ".cache": lambda _: None,  # Ultralytics' own
}
