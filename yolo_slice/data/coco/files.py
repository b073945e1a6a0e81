"""Opens COCO JSON files: one, or those of a folder, each a split."""

import itertools
import re
from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path

from yolo_slice.annotations.category import CATEGORIES, Category
from yolo_slice.annotations.coco_json import CocoFile, load_coco
from yolo_slice.annotations.findings import Finding
from yolo_slice.annotations.image_finder import ImageFinder
from yolo_slice.data.coco.reader import CocoSplit
from yolo_slice.data.dataset import USES, Dataset, tell_splits
from yolo_slice.errors import SliceError

ROBOFLOW = "_annotations.coco.json"


def open_coco(root: Path, names: Sequence[str] | None = None) -> Dataset | None:
    """Open a COCO JSON file, or a folder with annotations/*.json or */_annotations.coco.json; None if root is neither.

    Raises:
        SliceError: If a file is no COCO JSON, or two files disagree about the categories.
    """
    files = [root] if root.is_file() and root.suffix.lower() == ".json" else find_files(root)
    if not files:
        return None
    base = root if root.is_dir() else root.parent
    names = [split_name(file) for file in files]
    splits = [_open_split(file, base, names) for file in files]
    repeated = next((name for name in names if names.count(name) > 1), None)
    if repeated:
        raise SliceError(f"{root}: two files are for the split {repeated}; name the one")
    uses: dict[str, tuple[CocoSplit, ...]] = dict.fromkeys(USES, ())
    for split in splits:
        uses[use_of(split.name)] += (split,)
    categories, faults = _merge_categories([split.coco for split in splits])
    findings = (*faults, *(finding for split in splits for finding in split.coco.findings))
    lines, licence = (tell_splits(splits),), splits[0].coco.licence
    return Dataset(root, "coco", uses, categories, lines, findings, licence, tuple(files), _grounds(root, splits))


def find_files(root: Path) -> list[Path]:
    """Find the JSON files of a folder; of COCO's own, those of object detection (instances_*.json)."""
    if not root.is_dir():
        return []
    found = sorted(file for file in (root / "annotations").glob("*.json") if file.name != CATEGORIES)
    found = [file for file in found if file.name.startswith("instances_")] or found
    return found or sorted([*root.glob(ROBOFLOW), *root.glob(f"*/{ROBOFLOW}")]) or sorted(root.glob("instances*.json"))


def use_of(name: str) -> str:
    """Tell from a split's name what it is for; train if it does not say.

    Example:
        >>> [use_of(name) for name in ("train2017", "val2017", "valid", "test-dev2017", "cars")]
        ['train', 'val', 'val', 'test', 'train']
    """
    found = re.search("train|val|test", name.lower())
    return found[0] if found else "train"


def split_name(file: Path) -> str:
    """Name a split by its file.

    Example:
        >>> split_name(Path("annotations/instances_val2017.json")), split_name(Path("valid/_annotations.coco.json"))
        ('val2017', 'valid')
    """
    return file.parent.name if file.name == ROBOFLOW else file.stem.removeprefix("instances_")


def _open_split(file: Path, base: Path, names: Collection[str]) -> CocoSplit:
    """Open a file; its images are where they usually are, else anywhere in the set but in another split's folder."""
    name, above = split_name(file), file.parent.parent
    roots = dict.fromkeys((above, base, file.parent))
    places = [root / part for root in roots for part in (f"images/{name}", name, "images", ".", "JPEGImages")]
    in_images = [place for root in roots for place in sorted((root / "images").glob("*/"))]
    places = tuple(place for place in (*places, *in_images) if place.is_dir())
    others = {root / part for root in roots for other in names if other != name for part in (f"images/{other}", other)}
    deep = (base, above) if file.parent.name == "annotations" else (base, file.parent)
    return CocoSplit(name, load_coco(file), places, ImageFinder(deep, others))


def _merge_categories(files: list[CocoFile]) -> tuple[tuple[Category, ...], list[Finding]]:
    """Take each name once, with the id that the first file gives it; without ids if two names share one."""
    merged, findings = dict[str, Category](), list[Finding]()
    for coco in files:
        for category in coco.categories:
            known = merged.setdefault(category.name, category)
            if known.id != category.id:
                message = f"category {category.name!r} has the id {category.id}, elsewhere {known.id}"
                findings.append(Finding("duplicate-id", coco.file, message, action=f"{known.id} is kept"))
    categories = sorted(merged.values(), key=lambda category: category.id or 0)
    for one, two in itertools.pairwise(categories):
        if one.id == two.id:
            message = f"{one.name!r} and {two.name!r} have the same id {one.id} in different files"
            findings.append(Finding("duplicate-id", files[0].file, message, action="all get new ids"))
    if len({category.id for category in categories}) < len(categories):
        categories = [replace(category, id=None) for category in categories]
    return tuple(categories), findings


def _grounds(root: Path, splits: list[CocoSplit]) -> tuple[Path, ...]:
    """Return the folder; of a single file, the folders of images that are called like it."""
    if root.is_dir():
        return (root,)
    return tuple(place for split in splits for place in split.places if place.name == split.name)
