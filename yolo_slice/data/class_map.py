"""Class names in the order of their indices, and the category ids that COCO files have for them."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import yaml

from yolo_slice.annotations.category import Category
from yolo_slice.data.dataset import Dataset
from yolo_slice.errors import SliceError
from yolo_slice.paths import CFG


@dataclass(frozen=True, slots=True)
class ClassMap:
    """The classes that are written.

    Attributes:
        categories: The classes; an index in this order is the class id in labels. Every one has a category id.
        licence: COCO's `info` and `licenses`.
    """

    categories: tuple[Category, ...]
    licence: Mapping[str, Any] = field(default_factory=dict)

    @property
    def names(self) -> tuple[str, ...]:
        """The class names in order."""
        return tuple(category.name for category in self.categories)

    def text(self) -> str:
        """Write categories.json: COCO's categories in the order of the class ids, and COCO's info and licenses."""
        entries = [
            {"class": index, "id": category.id, "name": category.name, **category.extra}
            for index, category in enumerate(self.categories)
        ]
        lines = ",\n".join(f"  {json.dumps(entry, ensure_ascii=False)}" for entry in entries)
        rest = "".join(f",\n{json.dumps(k)}: {json.dumps(v, ensure_ascii=False)}" for k, v in self.licence.items())
        return f'{{"categories": [\n{lines}\n]{rest}}}\n'


def choose_class_map(dataset: Dataset, found: Iterable[str], names: Sequence[str] | None) -> ClassMap:
    """Decide on the classes: those asked for, else those of the data set, else those found.

    Category ids are the data set's if it has one for every class, else they count from 1.
    """
    if names is None:
        categories = dataset.categories or tuple(Category(name) for name in choose_names(found))
    else:
        known = {category.name: category for category in dataset.categories or ()}
        categories = tuple(known.get(name, Category(name)) for name in names)
    if any(category.id is None for category in categories):
        categories = tuple(Category(entry.name, index, entry.extra) for index, entry in enumerate(categories, 1))
    return ClassMap(categories, dataset.licence)


def choose_names(found: Iterable[str]) -> list[str]:
    """Order class names: the 20 of VOC in the host's order if no others were found, numbers by value, else sorted.

    Example:
        >>> choose_names({"WBC", "RBC"})
        ['RBC', 'WBC']
        >>> len(choose_names({"dog"}))
        20
        >>> choose_names({"2"})
        ['0', '1', '2']
    """
    voc = yaml.safe_load((CFG / "datasets" / "voc.yaml").read_text("utf-8"))["names"].values()
    names = {*found}
    if names and all(name.isdecimal() and name == str(int(name)) for name in names):
        return [str(number) for number in range(max(map(int, names)) + 1)]
    return [*voc] if names <= {*voc} else sorted(names)


def refuse_repeated(names: Collection[str], where: str) -> None:
    """Refuse a list of names that has one twice, or an empty one.

    Raises:
        SliceError: If it has.
    """
    repeated = sorted({name for name in names if [*names].count(name) > 1})
    if repeated or "" in names:
        raise SliceError(f"{where}: {f'class {repeated[0]!r} is there twice' if repeated else 'a class has no name'}")
