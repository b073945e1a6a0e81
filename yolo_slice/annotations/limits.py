"""What is beyond reason in a file about one image: it is said, and not read."""

from pathlib import Path

from yolo_slice.errors import SliceError

LARGEST_FILE = 32_000_000  # bytes of the annotations of one image
MOST_OBJECTS = 100_000  # in one image
LONGEST_ROW = 1_000_000  # characters of a row of labels: a polygon of 50,000 corners
MOST_CLASSES = 100_000  # where labels have numbers and nobody has names for them


def refuse_many(file: Path, count: int) -> None:
    """Refuse a file about one image with too many objects.

    Raises:
        SliceError: If these are.
    """
    if count > MOST_OBJECTS:
        raise SliceError(f"{file} has {count} objects; in one image, more than {MOST_OBJECTS} are not read")
