"""One thing that is wrong with a data set, said so that a person can mend it."""

from dataclasses import dataclass, replace
from pathlib import Path

from yolo_slice.annotations.kinds import KINDS
from yolo_slice.errors import one_line


def printable(text: str) -> str:
    r"""Escape what is not UTF-8: the name of a file may be anything.

    Example:
        >>> printable("a\udcff.jpg")
        'a\\udcff.jpg'
    """
    return text.encode("utf-8", "backslashreplace").decode()


def counted(count: int, what: str) -> str:
    """Write a number with what it counts.

    Example:
        >>> counted(1, "image"), counted(2, "annotation")
        ('1 image', '2 annotations')
    """
    return f"{count} {what}{'' if count == 1 else 's'}"


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong, where, and what a conversion does about it; `str` gives one line.

    Attributes:
        kind: Key of KINDS.
        file: The file at fault, relative to the data set's folder.
        message: The fault.
        box: Number of the place in the file; None when the whole file is meant.
        name: Class of the object, if it has one.
        unit: What the number counts: "object" (from 1), "line" (from 1), "annotation id", ...
        action: What a conversion does about it.

    Example:
        >>> print(Finding("degenerate-box", Path("a.xml"), "degenerate box", 2, "RBC", action="left out"))
        a.xml, object 2 (RBC): degenerate box; left out
    """

    kind: str
    file: Path
    message: str
    box: int | None = None
    name: str = ""
    unit: str = "object"
    action: str = ""

    def __str__(self) -> str:
        action = f"; {self.action}" if self.action else ""
        return one_line(f"{self.place}: {' '.join(self.message.split())}{action}")

    @property
    def place(self) -> str:
        """The file, the place in it and the object's class."""
        place = "" if self.box is None else f", {self.unit} {self.box}"
        return printable(f"{self.file.as_posix()}{place}" + (f" ({self.name})" if self.name else ""))

    @property
    def is_error(self) -> bool:
        """Whether training or measuring goes wrong because of it."""
        return KINDS[self.kind].severity == "error"

    def below(self, root: Path) -> "Finding":
        """Say the same with the file relative to root, where it lies below it."""
        return replace(self, file=self.file.relative_to(root)) if self.file.is_relative_to(root) else self
