"""VOC corners: whether a box is usable, how it is cut to its image, and its row in a label file."""

from yolo_slice.data.voc_xml import SIDES, Corners

TOLERANCE_PX = 1  # files that count from 0 instead of 1 are off by one at the borders; that is not worth a line


def box_text(xyxy: Corners) -> str:
    """Write the corners as a person would look for them in the file.

    Example:
        >>> box_text((181.0, 329.0, 181.5, 329.0))
        'xmin=181 ymin=329 xmax=181.5 ymax=329'
    """
    return " ".join(f"{side}={value:.10g}" for side, value in zip(SIDES, xyxy, strict=True))


def clip_xyxy(xyxy: Corners, wh: tuple[int, int]) -> Corners:
    """Cut a box to its image: VOC pixels 1 to w and 1 to h.

    Example:
        >>> clip_xyxy((0, 5, 120, 20), (100, 50))
        (1, 5, 100, 20)
    """
    (xmin, ymin, xmax, ymax), (w, h) = xyxy, wh
    return _limit(xmin, w), _limit(ymin, h), _limit(xmax, w), _limit(ymax, h)


def _limit(value: float, end: int) -> float:
    return min(max(value, 1), end)


def find_box_fault(xyxy: Corners, wh: tuple[int, int]) -> tuple[str, bool]:
    """Say what is wrong with a box ("" if nothing), and whether it can be used all the same.

    Example:
        >>> find_box_fault((90, 10, 120, 20), (100, 50))
        ('box xmin=90 ymin=10 xmax=120 ymax=20 reaches beyond the image of 100x50; clipped', True)
    """
    (xmin, ymin, xmax, ymax), (w, h) = xyxy, wh
    if xmax <= xmin or ymax <= ymin:
        return f"degenerate box {box_text(xyxy)}; left out", False
    left, top, right, bottom = clip_xyxy(xyxy, wh)
    if right <= left or bottom <= top:
        return f"box {box_text(xyxy)} lies outside the image of {w}x{h}; left out", False
    if max(-xmin, -ymin, xmax - w, ymax - h) > TOLERANCE_PX:
        return f"box {box_text(xyxy)} reaches beyond the image of {w}x{h}; clipped", True
    return "", True


def label_row(class_id: int, xyxy: Corners, wh: tuple[int, int]) -> str:
    """Write a box as a row of a YOLO label file: class, centre x and y, width, height, over the image's size.

    The convention is that of the host's VOC.yaml: in pixels, the centre is (min + max)/2 - 1 and the side max - min.
    Nine significant digits: as many as the host's float32 can hold.

    Example:
        >>> label_row(3, (11, 21, 31, 61), (100, 200))
        '3 0.2 0.2 0.2 0.2'
    """
    (xmin, ymin, xmax, ymax), (w, h) = xyxy, wh
    cx, cy = (xmin + xmax) / 2 - 1, (ymin + ymax) / 2 - 1
    return f"{class_id} {cx / w:.9g} {cy / h:.9g} {(xmax - xmin) / w:.9g} {(ymax - ymin) / h:.9g}"
