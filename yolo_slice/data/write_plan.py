"""What a format's writer is to write, and where."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from yolo_slice.annotations.record import Record
from yolo_slice.data.class_map import Legend
from yolo_slice.data.image_transfer import Transfer


@dataclass(frozen=True, slots=True)
class Job:
    """A conversion under way.

    Attributes:
        root: The unfinished folder to write into.
        src: The source, for the text in a data YAML.
        dst: Where the folder will be.
        roles: Names of the splits of train, val and test.
        legend: The classes.
        transfer: How images get there.
    """

    root: Path
    src: Path
    dst: Path
    roles: Mapping[str, tuple[str, ...]]
    legend: Legend
    transfer: Transfer

    def roles_of(self, split: str) -> tuple[str, ...]:
        """Name what a split is used for."""
        return tuple(role for role, names in self.roles.items() if split in names)


class Writer(Protocol):
    """Writes one format."""

    def write_split(self, name: str, records: Iterable[Record]) -> None:
        """Write a split; called once for each."""
        ...

    def finish(self) -> None:
        """Write what needs everything else to be there."""
        ...
