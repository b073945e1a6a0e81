"""One detected object, in the pixels of the image that a person sees."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Detection:
    """One detected object.

    Args:
        xyxy: Left, top, right and bottom edge in pixels of the original image; the whole image for a classifier.
        class_id: Index of the class.
        name: Name of the class.
        score: Confidence, 0 to 1.
    """

    xyxy: tuple[float, float, float, float]
    class_id: int
    name: str
    score: float
