"""Class names in the order of their indices, and the category ids that COCO files have for them."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from yolo_slice.annotations.category import Category
from yolo_slice.data.dataset import Dataset
from yolo_slice.errors import SliceError
from yolo_slice.paths import CFG

CATEGORIES = "categories.json"


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


def read_categories(file: Path) -> tuple[tuple[Category, ...] | None, dict[str, Any]]:
    """Read categories.json as `ClassMap.text` writes it; None and nothing if there is no such file.

    Raises:
        SliceError: If it is something else.
    """
    if not file.is_file():
        return None, {}
    try:
        stored = json.loads(file.read_bytes())
        entries = [dict(entry) for entry in stored.pop("categories")]
        ids = [entry.pop("id") for entry in entries]
        names = [str(entry.pop("name")) for entry in entries]
        extras = [{key: value for key, value in entry.items() if key != "class"} for entry in entries]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as fault:
        raise SliceError(f"{file}: not a list of categories as yolo-slice writes it ({fault!r}); delete it") from fault
    if len({*ids}) < len(ids) or not all(isinstance(id, int) for id in ids):
        raise SliceError(f"{file}: every category needs an id of its own, a whole number")
    return tuple(map(Category, names, ids, extras)), stored


def refuse_repeated(names: Collection[str], where: str) -> None:
    """Refuse a list of names that has one twice, or an empty one.

    Raises:
        SliceError: If it has.
    """
    repeated = sorted({name for name in names if [*names].count(name) > 1})
    if repeated or "" in names:
        raise SliceError(f"{where}: {f'class {repeated[0]!r} is there twice' if repeated else 'a class has no name'}")
