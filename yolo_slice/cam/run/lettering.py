"""Text on pictures, in the font that matplotlib ships: Latin, Greek, Cyrillic and more, which OpenCV cannot write."""

from pathlib import Path

import matplotlib
import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow
from PIL import ImageDraw, ImageFont

Image = NDArray[np.uint8]
Colour = tuple[int, int, int]


def make_plate(text: str, height_px: int, ink: Colour, paper: Colour, width_px: int | None = None) -> Image:
    """Write one line of text on a plate of one colour, (h, w, 3) BGR.

    Args:
        text: The text.
        height_px: Height of the letters.
        ink: Colour of the letters, BGR.
        paper: Colour of the plate, BGR.
        width_px: Widest plate allowed; a longer text loses its middle.
    """
    font = _load_font(height_px)
    pad = max(2, height_px // 4)
    if width_px is not None:
        text = shorten(text, height_px, width_px - 2 * pad)
    ascent, descent = font.getmetrics()
    size = (max(1, round(font.getlength(text))) + 2 * pad, ascent + descent + pad)
    plate = Pillow.new("RGB", size, paper)  # BGR all the way: Pillow only carries three numbers
    ImageDraw.Draw(plate).text((pad, pad // 2), text, fill=ink, font=font)
    return np.asarray(plate, np.uint8)


def shorten(text: str, height_px: int, width_px: int) -> str:
    """Leave out the middle of a text that is wider than `width_px`, and say so by an ellipsis.

    Example:
        >>> shorten("short", 12, 500), shorten("a_very_long_file_name.jpg", 12, 100)
        ('short', 'a_very…me.jpg')
    """
    font = _load_font(height_px)
    for kept in range(len(text), 1, -1):
        candidate = text if kept == len(text) else f"{text[: kept // 2]}…{text[len(text) - (kept - kept // 2) :]}"
        if font.getlength(candidate) <= width_px:
            return candidate
    return text and "…"


def paste(image: Image, plate: Image, x: int, y: int) -> None:
    """Put a plate on the picture, in place, as near to its left upper corner (x, y) as keeps it inside."""
    h, w = (min(a, b) for a, b in zip(plate.shape[:2], image.shape[:2], strict=True))
    x = max(0, min(x, image.shape[1] - w))
    y = max(0, min(y, image.shape[0] - h))
    image[y : y + h, x : x + w] = plate[:h, :w]


def _load_font(height_px: int) -> ImageFont.FreeTypeFont:
    file = Path(matplotlib.get_data_path(), "fonts", "ttf", "DejaVuSans.ttf")
    return ImageFont.truetype(str(file), height_px)
