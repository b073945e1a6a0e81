"""The part of an image around an error, with the boxes over it, as SVG."""

from collections.abc import Callable, Sequence
from html import escape
from pathlib import Path
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from yolo_slice.annotations.image_finder import ImageFinder
from yolo_slice.image_files import image_url
from yolo_slice.integration.data.images import read_picture
from yolo_slice.metrics.detections import Detections
from yolo_slice.metrics.errors.cases import Case
from yolo_slice.metrics.truth import Truth

SIDE_PX = 320  # of a crop in the page
LEAST_PX = 64  # shortest side that is cut out, so that a small object is seen in its surroundings
MARGIN = 2.5  # side of the crop over that of the boxes in it
JPEG_QUALITY = 80
NOT_FOUND = "image not found"
Box: TypeAlias = tuple[float, float, float, float]
# Draws over an image (H, W, 3) what a detection (xyxy in pixels, its class) hangs on; None: nothing to show.
Painter: TypeAlias = Callable[[NDArray[np.uint8], Box, str], NDArray[np.uint8] | None]


class Images:
    """The images of a ground truth.

    Args:
        truth: Ground truth.
        folder: Where to look, by name and at any depth, for images of which it does not know the file.
    """

    def __init__(self, truth: Truth, folder: Path | None) -> None:
        self._files = truth.files
        self._finder = ImageFinder([folder] if folder else [])
        self._names: dict[int, str] = {}
        for name, image in (*truth.aliases.items(), *((name, n) for n, name in enumerate(truth.images))):
            self._names[image] = max(self._names.get(image, ""), name, key=len)

    def read(self, image: int) -> NDArray[np.uint8] | None:
        """Read an image, (H, W, 3) BGR; None if it is not there."""
        file = self._files[image] if self._files else None
        found = [file] if file else self._finder.find(self._names[image])
        return read_picture(found[0]) if len(found) == 1 else None

    def name(self, image: int) -> str:
        """Name an image's file."""
        return Path(self._names[image]).name


def crop(case: Case, truth: Truth, found: Detections, images: Images, paint: Painter | None = None) -> list[str]:
    """Draw a case: the object's box and the detection's, and their surroundings; on plain ground without an image.

    Args:
        case: The case.
        truth: Ground truth.
        found: Detections of the model that the case is about.
        images: Where to find the image.
        paint: Draws a second picture of it, if it has a detection.
    """
    boxes = {"object": truth.xywh[case.object] if case.object is not None else None}
    boxes["found"] = found.xywh[case.detection] if case.detection is not None else None
    drawn = {name: box for name, box in boxes.items() if box is not None}
    picture = images.read(case.image)
    left, top, side = _window([*drawn.values()], None if picture is None else picture.shape[1::-1])
    ground = '<rect class="ground" width="100%" height="100%"/>' + ("" if picture is not None else _no_image(side))
    pictures = [picture, *_painted(picture, case, truth, found, paint)]
    shown = ["" if one is None else _image(one, left, top, side) for one in pictures]
    rects = "".join(_rect(name, box - (left, top, 0, 0)) for name, box in drawn.items())
    label = escape(f"{case.title}; {case.detail}")
    return [
        f'<svg viewBox="0 0 {side} {side}" role="img" aria-label="{label}{also}">{ground}{image}{rects}</svg>'
        for image, also in zip(shown, ("", "; its map"), strict=False)
    ]


def _painted(
    picture: NDArray[np.uint8] | None, case: Case, truth: Truth, found: Detections, paint: Painter | None
) -> list[NDArray[np.uint8]]:
    """Draw the map of the case's detection; an empty list where there is none."""
    if picture is None or paint is None or case.detection is None:
        return []
    x, y, w, h = found.xywh[case.detection].tolist()
    painted = paint(picture, (x, y, x + w, y + h), truth.classes[found.label[case.detection]])
    return [] if painted is None else [painted]


def _window(boxes: Sequence[NDArray[np.float64]], wh: Sequence[int] | None) -> tuple[int, int, int]:
    """Return left and top edge and side of a square around boxes, whole pixels, inside the image as far as it can be.

    Example:
        >>> _window([np.array([0.0, 0, 40, 40])], None), _window([np.array([0.0, 0, 40, 40])], (200, 90))
        ((-30, -30, 100), (0, -5, 100))
    """
    low = np.min([box[:2] for box in boxes], axis=0)
    high = np.max([box[:2] + box[2:] for box in boxes], axis=0)
    longest = float((high - low).max())
    side = int(np.ceil(max(LEAST_PX, MARGIN * longest)))
    if wh is not None:
        side = int(np.ceil(max(min(side, max(wh)), longest)))
    left, top = np.floor((low + high - side) / 2).astype(int).tolist()
    if wh is not None:
        left, top = _inside(left, side, wh[0]), _inside(top, side, wh[1])
    return left, top, side


def _inside(start: int, side: int, length: int) -> int:
    """Move a window into the image; to its middle where the image is shorter."""
    return min(max(start, 0), length - side) if side <= length else (length - side) // 2


def _image(picture: NDArray[np.uint8], left: int, top: int, side: int) -> str:
    """Embed the part of the picture that lies in the window."""
    h, w = picture.shape[:2]
    x1, y1, x2, y2 = max(left, 0), max(top, 0), min(left + side, w), min(top + side, h)
    if x1 >= x2 or y1 >= y2:
        return ""
    part = picture[y1:y2, x1:x2]
    scale = min(1.0, SIDE_PX / side)
    wh = [max(1, round(length * scale)) for length in (x2 - x1, y2 - y1)]
    small = cv2.resize(part, wh, interpolation=cv2.INTER_AREA).astype(np.uint8)
    place = f'x="{x1 - left}" y="{y1 - top}" width="{x2 - x1}" height="{y2 - y1}" preserveAspectRatio="none"'
    return f'<image href="{image_url(small, JPEG_QUALITY)}" {place}/>'


def _rect(name: str, xywh: NDArray[np.float64]) -> str:
    x, y, w, h = (f"{number:.1f}" for number in xywh.tolist())
    place = f'x="{x}" y="{y}" width="{w}" height="{h}"'
    return f'<rect class="halo" {place}/><rect class="{name}" {place}/>'


def _no_image(side: int) -> str:
    return f'<text x="50%" y="{0.08 * side:g}" font-size="{0.06 * side:g}">{NOT_FOUND}</text>'
