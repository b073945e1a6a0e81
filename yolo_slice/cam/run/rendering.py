"""A map drawn over its picture, with the boxes that it explains and, where it is blank, the reason."""

import difflib
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from yolo_slice.cam.detection import Detection
from yolo_slice.cam.run.lettering import make_plate, paste
from yolo_slice.errors import SliceError

Image = NDArray[np.uint8]
Heat = NDArray[np.float32]
WHITE, BLACK = (255, 255, 255), (0, 0, 0)


@dataclass(frozen=True, slots=True)
class Look:
    """How a map is drawn.

    Args:
        colormap: Name of one of OpenCV's colour maps.
        alpha: Opacity of the map, 0 to 1.
        boxes: Draw the boxes that are explained, with name and score.
    """

    colormap: str = "inferno"
    alpha: float = 0.5
    boxes: bool = True

    def __post_init__(self) -> None:
        if self.colormap.lower() not in colormap_names():
            near = difflib.get_close_matches(self.colormap.lower(), colormap_names(), n=1)
            hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(colormap_names())}"
            raise SliceError(f"unknown colour map {self.colormap!r}; {hint}")
        if not 0 <= self.alpha <= 1:
            raise SliceError(f"alpha={self.alpha}: expected 0 (picture only) to 1 (map only)")


def colormap_names() -> list[str]:
    """List OpenCV's colour maps; inferno, viridis and cividis are safe for the colour-blind, jet is what papers show.

    Example:
        >>> {"cividis", "jet", "viridis"} <= set(colormap_names())
        True
    """
    return sorted(name.removeprefix("COLORMAP_").lower() for name in dir(cv2) if name.startswith("COLORMAP_"))


def draw_map(image: Image, heat: Heat, detections: Sequence[Detection], message: str, look: Look) -> Image:
    """Draw a map over its picture, (H, W, 3) BGR in the picture's own pixels.

    Args:
        image: (H, W, 3) BGR.
        heat: (H, W) in [0, 1].
        detections: What is explained.
        message: Why the map is blank; "" when it is not.
        look: Colours and boxes.
    """
    picture = colour_heat(image, heat, look)
    if look.boxes:
        draw_boxes(picture, detections)
    if message:
        plate = make_plate(message, text_px(image), BLACK, WHITE, image.shape[1])
        paste(picture, plate, (image.shape[1] - plate.shape[1]) // 2, (image.shape[0] - plate.shape[0]) // 2)
    return picture


def colour_heat(image: Image, heat: Heat, look: Look) -> Image:
    """Blend the coloured map into the picture: (1 - alpha) * picture + alpha * colour.

    Args:
        image: (H, W, 3) BGR.
        heat: (H, W) in [0, 1].
        look: Colour map and opacity.
    """
    colours = colour_scale(heat, look.colormap)
    return np.asarray(cv2.addWeighted(image, 1 - look.alpha, colours, look.alpha, 0), np.uint8)


def colour_scale(heat: Heat, colormap: str) -> Image:
    """Turn values in [0, 1] into the colours of a map, (H, W) -> (H, W, 3) BGR."""
    values = np.rint(np.clip(heat, 0, 1) * 255).astype(np.uint8)
    return np.asarray(cv2.applyColorMap(values, getattr(cv2, f"COLORMAP_{colormap.upper()}")), np.uint8)


def draw_boxes(picture: Image, detections: Sequence[Detection]) -> None:
    """Draw boxes in place, white between black lines, which no background hides; no name and score covers another."""
    line_px = max(1, round(max(picture.shape[:2]) / 500))
    for d in detections:
        corners = [round(v) for v in d.xyxy]
        cv2.rectangle(picture, corners[:2], corners[2:], BLACK, 3 * line_px)
        cv2.rectangle(picture, corners[:2], corners[2:], WHITE, line_px)
    taken: list[tuple[int, int, int, int]] = []
    for d in sorted(detections, key=lambda d: -d.score):  # the surest one's label has the best place
        plate = make_plate(f"{d.name} {d.score:.2f}", text_px(picture), WHITE, BLACK)
        if place := _free_place(d, plate, picture.shape, taken):
            paste(picture, plate, *place)


def _free_place(
    d: Detection, plate: Image, shape: Sequence[int], taken: list[tuple[int, int, int, int]]
) -> tuple[int, int] | None:
    """Return where a label covers no other one, above its box, in it or below; None if there is no such place."""
    h, w = plate.shape[:2]
    left, top, right, bottom = (round(v) for v in d.xyxy)
    for x, y in ((left, top - h), (right - w, top - h), (left, top), (left, bottom), (right - w, bottom)):
        x, y = max(0, min(x, shape[1] - w)), max(0, min(y, shape[0] - h))
        if all(x >= x2 or x + w <= x1 or y >= y2 or y + h <= y1 for x1, y1, x2, y2 in taken):
            taken.append((x, y, x + w, y + h))
            return x, y
    return None


def text_px(image: Image) -> int:
    """Return a height of letters that is readable when the whole picture is seen at once."""
    return max(12, round(max(image.shape[:2]) / 38))
