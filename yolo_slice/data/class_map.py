"""Class names in the order of their indices, and the category ids that COCO files have for them."""

import json
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from yolo_slice.annotations.category import Category
from yolo_slice.annotations.findings import printable
from yolo_slice.annotations.limits import MOST_CLASSES
from yolo_slice.annotations.values import shown, str_or_none
from yolo_slice.data.dataset import Dataset
from yolo_slice.errors import SliceError


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
        return printable(f'{{"categories": [\n{lines}\n]{rest}}}\n')


def choose_class_map(
    dataset: Dataset, found: Collection[str], names: Sequence[str] | None, keep_parents: bool = False
) -> ClassMap:
    """Decide on the classes: those asked for, else those of the data set, else those found.

    Category ids are the data set's if it has one for every class, else they count from 1.
    """
    if names is None:
        categories = dataset.categories or tuple(Category(name) for name in choose_names(found, dataset.usual_names))
        parents = find_parents(categories, found) if not keep_parents else {}
        categories = tuple(category for category in categories if category.name not in parents)
    else:
        known = {category.name: category for category in dataset.categories or ()}
        categories = tuple(known.get(name, Category(name)) for name in names)
    if any(category.id is None for category in categories):
        categories = tuple(Category(entry.name, index, entry.extra) for index, entry in enumerate(categories, 1))
    return ClassMap(categories, dataset.licence)


def find_parents(categories: Iterable[Category], found: Collection[str]) -> dict[str, list[str]]:
    """Find the classes that no object has and that are the supercategory of others, as Roboflow's first category is.

    Example:
        >>> find_parents([Category("pets", 0), Category("dog", 1, {"supercategory": "pets"})], {"dog"})
        {'pets': ['dog']}
    """
    children: dict[str, list[str]] = {}
    for category in categories:
        children.setdefault(str(category.extra.get("supercategory")), []).append(category.name)
    parents = (category.name for category in categories if category.name not in found)
    return {name: below for name in parents if (below := [child for child in children.get(name, ()) if child != name])}


def choose_names(found: Iterable[str], usual: Sequence[str] = ()) -> list[str]:
    """Order class names: the usual ones of the data set's origin if there are no others, numbers by value, else sorted.

    Example:
        >>> choose_names({"WBC", "RBC"})
        ['RBC', 'WBC']
        >>> choose_names({"dog"}, ["cat", "dog"])
        ['cat', 'dog']
        >>> choose_names({"2"})
        ['0', '1', '2']
    """
    names = {*found}
    if names and all(map(_is_number, names)):
        return [str(number) for number in range(max(map(int, names)) + 1)]
    return [*usual] if names <= {*usual} else sorted(names)


def _is_number(name: str) -> bool:
    """Tell whether a name is that of a class that has none: its number."""
    is_short = name.isdecimal() and len(name) <= len(str(MOST_CLASSES))
    return is_short and name == str(int(name)) and int(name) < MOST_CLASSES


def refuse_unusable(names: Collection[str]) -> None:
    """Refuse class names of which one is there twice, empty, or none that a data set can have.

    Raises:
        SliceError: If one is.
    """
    if odd := [name for name in names if name and str_or_none(name) is None]:
        raise SliceError(f"names: {shown(odd[0])} is no text of one line in UTF-8")
    repeated = sorted(name for name, count in Counter(names).items() if count > 1)
    if repeated or "" in names:
        raise SliceError(f"names: {f'class {repeated[0]!r} is there twice' if repeated else 'a class has no name'}")
