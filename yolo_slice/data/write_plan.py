"""What a format's writer is to write, and where."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from yolo_slice.annotations.record import Record
from yolo_slice.data.class_map import ClassMap
from yolo_slice.data.image_transfer import Transfer


@dataclass(frozen=True, slots=True)
class WritePlan:
    """A conversion under way.

    Attributes:
        root: The unfinished folder to write into.
        source: The source, for the text in a data YAML.
        out: Where the folder will be.
        uses: Names of the splits of train, val and test.
        class_map: The classes.
        transfer: How images get there.
    """

    root: Path
    source: Path
    out: Path
    uses: Mapping[str, tuple[str, ...]]
    class_map: ClassMap
    transfer: Transfer

    def uses_of(self, split: str) -> tuple[str, ...]:
        """Name what a split is used for."""
        return tuple(use for use, names in self.uses.items() if split in names)


class Writer(Protocol):
    """Writes one format."""

    def write_split(self, name: str, records: Iterable[Record]) -> None:
        """Write a split; called once for each."""
        ...

    def finish(self) -> None:
        """Write what needs everything else to be there."""
        ...
