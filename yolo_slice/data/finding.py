"""One thing that is wrong with a data set, said so that a person can mend it."""

from dataclasses import dataclass, replace
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong, where, and what was done about it; `str` gives one line.

    Attributes:
        file: The file at fault, relative to the data set's folder.
        box: Number of the object in the file, from 1; None when the whole file is meant.
        message: The fault and its consequence.
        name: Class of the object, if it has one.

    Example:
        >>> print(Finding(Path("a.xml"), 2, "degenerate box; left out", "RBC"))
        a.xml, object 2 (RBC): degenerate box; left out
    """

    file: Path
    box: int | None
    message: str
    name: str = ""

    def __str__(self) -> str:
        place = "" if self.box is None else f", object {self.box}"
        name = f" ({self.name})" if self.name else ""
        return " ".join(f"{self.file}{place}{name}: {self.message}".split())

    def below(self, root: Path) -> "Finding":
        """Say the same with the file relative to root, where it lies below it."""
        return replace(self, file=self.file.relative_to(root)) if self.file.is_relative_to(root) else self
