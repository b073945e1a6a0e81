"""What is wrong with the class names of a data set as a whole."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from yolo_slice.annotations.findings import Finding
from yolo_slice.data.class_map import find_parents
from yolo_slice.data.dataset import Dataset

ObjectCounts = Mapping[str, Mapping[str, int]]  # objects by class and split


def find_class_faults(
    dataset: Dataset, objects: ObjectCounts, place: Path, asked: Sequence[str] | None = None
) -> Iterator[Finding]:
    """Report names that nothing has, names that differ in case or blanks only, and classes that are never trained.

    Args:
        dataset: The data set.
        objects: Numbers of its objects.
        place: What to call it.
        asked: The names that are asked for; None: those of the data set.
    """
    names = [category.name for category in dataset.categories or ()] if asked is None else asked
    parents = find_parents(dataset.categories or (), objects)
    for name in names:
        if name not in objects:
            parent = f": it is only the parent of {', '.join(parents[name])}" if name in parents else ""
            yield Finding("unused-class", place, f"no object is of class {name!r}{parent}")
    yield from _find_similar({*names, *objects}, place)
    train = {split.name for split in dataset.uses.get("train", ())}
    for name, counts in objects.items():
        if train and not train & {*counts}:
            yield Finding("untrained-class", place, f"{name!r} is in {', '.join(counts)}, and not in train")


def _find_similar(names: set[str], place: Path) -> Iterator[Finding]:
    seen: dict[str, str] = {}
    for name in sorted(names):
        key = " ".join(name.casefold().replace("_", " ").replace("-", " ").split())
        if key in seen:
            yield Finding("similar-names", place, f"{seen[key]!r} and {name!r}")
        seen.setdefault(key, name)
