"""What a format of data sets is: a name, its signs, how it is opened and, for some, how it is written."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from yolo_slice.data.dataset import Dataset
from yolo_slice.data.write_plan import WritePlan, Writer


@dataclass(frozen=True, slots=True)
class Format:
    """A format. A file in `formats/` that defines `FORMAT` is a format everywhere: recognised, offered, tested.

    Attributes:
        name: Its name for the user: the file's, with hyphens.
        signs: What a data set of this format looks like, for people.
        is_here: Whether a file or folder looks like it; a quick look that raises nothing for a path that exists.
        open: Opens a data set, with class names for labels that have none; None if it is of another format.
        is_annotation: Whether a file that the opened data set does not have looks like one of its annotations: by its
            name and its first bytes.
        writer: Writes one; None where data sets of this format are only read.
        has_backgrounds: Whether an image without an annotation file shows no object, and such a file says nothing
            without its image; else images without an annotation are left out.
    """

    name: str
    signs: str
    is_here: Callable[[Path], bool]
    open: Callable[[Path, Sequence[str] | None], Dataset | None]
    is_annotation: Callable[[Path], bool]
    writer: Callable[[WritePlan], Writer] | None = None
    has_backgrounds: bool = False
