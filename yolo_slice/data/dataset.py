"""A data set of any format, before its annotations are read: splits, their parts in training, class names."""

import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol, cast

from yolo_slice.annotations.category import Category
from yolo_slice.annotations.findings import Finding
from yolo_slice.annotations.record import Reading
from yolo_slice.annotations.result_names import safe_split_name

USES = ("train", "val", "test")


class Split(Protocol):
    """Some of the images; the formats have one class each."""

    @property
    def name(self) -> str:
        """Name of the split: train, val, test2007, train2017 ..."""
        ...

    def __len__(self) -> int: ...

    def read(self) -> Iterator[Reading]:
        """Read the annotations one by one; images are looked for, not opened."""
        ...


@dataclass(frozen=True, slots=True)
class Dataset:
    """A data set.

    Attributes:
        root: Its folder, or COCO's JSON file.
        format: Name of its format.
        uses: The splits of train, val and test; one split may have two uses.
        categories: The classes in their order; None if only reading all annotations tells.
        lines: How the splits were decided, for the user.
        findings: What is wrong with the lists.
        licence: COCO's `info` and `licenses`, to be kept.
        files: Annotation files of more than one image, such as COCO's.
        grounds: Folders that hold nothing but the data set: all images and annotations there are its own. None: root.
        usual_names: The class names of where it is from, such as VOC's twenty; they hold if it has no others.
    """

    root: Path
    format: str
    uses: Mapping[str, tuple[Split, ...]]
    categories: tuple[Category, ...] | None = None
    lines: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    licence: Mapping[str, Any] = field(default_factory=dict)
    files: tuple[Path, ...] = ()
    grounds: tuple[Path, ...] | None = None
    usual_names: tuple[str, ...] = ()

    @property
    def splits(self) -> tuple[Split, ...]:
        """Every split once, in the order train, val, test."""
        return tuple({split.name: split for use in USES for split in self.uses.get(use, ())}.values())

    @property
    def folder(self) -> Path:
        """The folder that files are named relative to."""
        return self.root.parent if self.root.is_file() else self.root

    def uses_of(self, split_name: str) -> tuple[str, ...]:
        """Name what a split is used for."""
        return tuple(use for use in USES if any(split.name == split_name for split in self.uses.get(use, ())))


def tell_splits(splits: Iterable[Split]) -> str:
    """Say how many images each split has."""
    return f"images: {', '.join(f'{split.name} {len(split)}' for split in splits)}"


def distinguish_splits(dataset: Dataset) -> Dataset:
    """Give every split a folder name of its own, on every system, that Ultralytics does not take for images/.

    A split keeps its name, unless no folder can have it. If one before it has the same but for letter case, or it is
    called images, it gets a number.
    """
    splits = {id(split): split for use in USES for split in dataset.uses.get(use, ())}
    renamed: dict[int, Split] = {}
    taken = {"images", *(safe_split_name(split.name).casefold() for split in splits.values())}
    seen = {"images"}
    for key, split in splits.items():
        name = safe_split_name(split.name)
        if name.casefold() in seen:
            numbered = (f"{name}_{number}" for number in itertools.count(2))
            name = next(name for name in numbered if name.casefold() not in taken)
        seen.add(name.casefold())
        taken.add(name.casefold())
        renamed[key] = split if name == split.name else replace(cast(Any, split), name=name)
    uses = {use: tuple(renamed[id(split)] for split in parts) for use, parts in dataset.uses.items()}
    return replace(dataset, uses=uses)
