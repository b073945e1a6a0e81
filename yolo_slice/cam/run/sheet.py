"""The contact sheet: a row for each picture and target, a column for each model and method, the input first."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from yolo_slice.cam.run.lettering import make_plate, paste
from yolo_slice.cam.run.rendering import colour_scale

Image = NDArray[np.uint8]
INK, PAPER, FAINT = (34, 34, 34), (255, 255, 255), (110, 110, 110)  # BGR
CELL_PX = 400
GAP_PX = 10
TEXT_PX = 15
LINE_PX = 24


@dataclass(frozen=True, slots=True)
class Cell:
    """One map of a row.

    Args:
        picture: The map over its picture, (h, w, 3) BGR.
        layers: The maps of single layers over the picture, by what the layer is called.
        alt: What is to be seen, in words.
    """

    picture: Image
    layers: dict[str, Image]
    alt: str


@dataclass(frozen=True, slots=True)
class Row:
    """One picture with one target, explained by each column.

    Args:
        title: Name of the picture's file.
        subtitle: What is explained.
        picture: The input, (h, w, 3) BGR.
        cells: One for each column.
    """

    title: str
    subtitle: str
    picture: Image
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A contact sheet.

    Args:
        title: First line.
        notes: Small lines below it: what was chosen.
        columns: Title and subtitle of each column but the input's.
        rows: The rows.
        colormap: Colour map of the legend.
    """

    title: str
    notes: tuple[str, ...]
    columns: tuple[tuple[str, str], ...]
    rows: tuple[Row, ...]
    colormap: str


def shrink(image: Image, wh: tuple[int, int] = (CELL_PX, CELL_PX)) -> Image:
    """Shrink a picture to fit into a width and height, in its own proportions; a small one stays as it is.

    Example:
        >>> shrink(np.zeros((100, 640, 3), np.uint8)).shape
        (62, 400, 3)
    """
    scale = min(1.0, wh[0] / image.shape[1], wh[1] / image.shape[0])
    if scale == 1:
        return image
    size = max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)


def draw_sheet(sheet: Sheet) -> Image:
    """Draw the sheet as one picture, (H, W, 3) BGR."""
    width = (len(sheet.columns) + 1) * (CELL_PX + GAP_PX) + GAP_PX
    strips = [
        _line(width, sheet.title, TEXT_PX + 5, INK),
        *(_line(width, note, TEXT_PX - 2, FAINT) for note in sheet.notes),
        _legend(width, sheet.colormap),
        _titles(["input", *(title for title, _ in sheet.columns)], INK),
        _titles(["", *(subtitle for _, subtitle in sheet.columns)], FAINT),
    ]
    for row in sheet.rows:
        strips += [_pictures([row.picture, *(cell.picture for cell in row.cells)]), _row_title(row, len(sheet.columns))]
    return np.vstack(strips)


def _line(width: int, text: str, height_px: int, ink: tuple[int, int, int]) -> Image:
    """Write a line over the whole width."""
    strip = np.full((height_px + GAP_PX, width, 3), PAPER, np.uint8)
    paste(strip, make_plate(text, height_px, ink, PAPER, width - 2 * GAP_PX), GAP_PX, 0)
    return strip


def _legend(width: int, colormap: str) -> Image:
    """Draw the colour scale and what its ends mean."""
    strip = np.full((LINE_PX + GAP_PX, width, 3), PAPER, np.uint8)
    bar = colour_scale(np.tile(np.linspace(0, 1, 160, dtype=np.float32), (14, 1)), colormap)
    x = GAP_PX
    for part in (
        make_plate("0", TEXT_PX - 2, FAINT, PAPER),
        bar,
        make_plate("1 = the map's own maximum", TEXT_PX - 2, FAINT, PAPER, width - 220),
    ):
        paste(strip, part, x, (LINE_PX - part.shape[0]) // 2)
        x += part.shape[1] + 4
    return strip


def _titles(titles: Sequence[str], ink: tuple[int, int, int]) -> Image:
    """Write a title over each column."""
    strip = np.full((LINE_PX, len(titles) * (CELL_PX + GAP_PX) + GAP_PX, 3), PAPER, np.uint8)
    for i, title in enumerate(titles):
        paste(strip, make_plate(title, TEXT_PX, ink, PAPER, CELL_PX), GAP_PX + i * (CELL_PX + GAP_PX), 0)
    return strip


def _pictures(pictures: Sequence[Image]) -> Image:
    """Put pictures side by side, each in the middle of its column."""
    small = [shrink(picture) for picture in pictures]
    strip = np.full((max(s.shape[0] for s in small), len(small) * (CELL_PX + GAP_PX) + GAP_PX, 3), PAPER, np.uint8)
    for i, picture in enumerate(small):
        left = GAP_PX + i * (CELL_PX + GAP_PX) + (CELL_PX - picture.shape[1]) // 2
        strip[: picture.shape[0], left : left + picture.shape[1]] = picture
    return strip


def _row_title(row: Row, columns: int) -> Image:
    strip = np.full((LINE_PX + GAP_PX, (columns + 1) * (CELL_PX + GAP_PX) + GAP_PX, 3), PAPER, np.uint8)
    paste(strip, make_plate(row.title, TEXT_PX - 2, FAINT, PAPER, CELL_PX), GAP_PX, 2)
    paste(strip, make_plate(row.subtitle, TEXT_PX - 2, INK, PAPER, CELL_PX), 2 * GAP_PX + CELL_PX, 2)
    return strip
