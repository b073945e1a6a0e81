"""Opens a data set in Ultralytics' layout: by its data YAML, or by its folders."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from yolo_slice.annotations.category import (
    CATEGORIES,
    Category,
    find_name_file,
    find_repeated_names,
    read_categories,
    read_name_file,
)
from yolo_slice.annotations.findings import Finding
from yolo_slice.annotations.split_names import split_use
from yolo_slice.annotations.yolo_image import base_of
from yolo_slice.data.dataset import USES, Dataset, tell_splits
from yolo_slice.data.yolo.reader import YoloSplit, open_split
from yolo_slice.errors import SliceError
from yolo_slice.integration.data.bounded_yaml import load_yaml
from yolo_slice.integration.data.data_yaml import open_data_yaml


def open_yolo(root: Path, names: Sequence[str] | None = None) -> Dataset | None:
    """Open a data YAML, a folder that has one, or a folder with images/ and labels/; None if root is none of these.

    Args:
        root: The YAML or folder.
        names: Class names by number, for labels whose names are nowhere.

    Raises:
        SliceError: If there are two data YAMLs to choose from, or the one that is there cannot be used.
    """
    if root.is_file():
        return _open_yaml(root, root, names) if root.suffix.lower() in (".yaml", ".yml") else None
    yamls = find_yamls(root)
    if len(yamls) > 1:
        raise SliceError(f"{root} has {len(yamls)} data YAMLs ({', '.join(file.name for file in yamls)}); name the one")
    return _open_yaml(root, yamls[0], names) if yamls else _open_folders(root, names)


def find_yamls(root: Path) -> list[Path]:
    """Find the YAML files of a folder that name a split.

    Raises:
        SliceError: If a YAML file cannot be parsed.
    """
    files = [file for file in sorted(root.glob("*.y*ml")) if file.is_file()]
    loaded = ((file, load_yaml(file)) for file in files)
    return [file for file, data in loaded if isinstance(data, dict) and any(use in data for use in USES)]


def _open_yaml(root: Path, file: Path, names: Sequence[str] | None) -> Dataset:
    data = open_data_yaml(file)
    for message in data.missing.values():
        raise SliceError(message)
    if "kpt_shape" in data.settings:
        raise SliceError(f"{file}: kpt_shape: these are labels for pose; only boxes are converted and checked")
    known = data.names or _tuple(names)
    splits = {place: open_split(name, place, known) for place, name in _name_places(data.places).items()}
    uses = {use: tuple(splits[place] for place in places) for use, places in data.places.items()}
    faults = [Finding(kind, file, message) for kind, message in data.faults]
    return _dataset(root, uses, known, faults)


def _name_places(places: Mapping[str, tuple[Path, ...]]) -> dict[Path, str]:
    """Name splits by their folder, images/train2017 train2017 and valid/images valid; else by their use."""
    use_of = {place: use for use, paths in reversed([*places.items()]) for place in paths}
    names = {place: _name_of(place, use) for place, use in use_of.items()}
    if len({*names.values()}) == len(names):
        return names
    return {place: f"{use}_{number}" for number, (place, use) in enumerate(use_of.items(), 1)}


def _name_of(place: Path, use: str) -> str:
    if place.name == "images":
        return place.parent.name if _use_of(place) in USES else use
    return place.stem if place.is_file() else place.name


def _open_folders(root: Path, given: Sequence[str] | None) -> Dataset | None:
    """Take images/<split> or <split>/images, else images/ alone, for the splits, if there are labels."""
    if not any(root.glob("labels")) and not any(root.glob("*/labels")):
        return None
    file = find_name_file((root, root / "labels"), ("classes.txt",))
    names = (read_name_file(file) if file else None) or _tuple(given)
    places = {*(root / "images").glob("*/"), *(place.parent / "images" for place in root.glob("*/labels"))}
    named = {place: _use_of(place) for place in sorted(places) if place.is_dir()}
    found: dict[str, tuple[YoloSplit, ...]] = dict.fromkeys(USES, ())
    for place, use in named.items():
        if use in USES:
            is_only = [*named.values()].count(use) == 1
            split = open_split(use if is_only else _folder_of(place).name, place, names)
            found[use] = (*found[use], split)
    if not any(found.values()) and (root / "images").is_dir():
        found["train"] = (open_split("train", root / "images", names),)
    found = {use: splits for use, splits in found.items() if splits}
    faults = [*find_repeated_names(file, names)] if file and names else []
    return _dataset(root, found, names, faults) if found else None


def _folder_of(place: Path) -> Path:
    """Return the folder that says what images are for: images/train, or the parent of train/images."""
    return place.parent if place.name == "images" else place


def _use_of(place: Path) -> str | None:
    return split_use(_folder_of(place).name)


def _tuple(names: Sequence[str] | None) -> tuple[str, ...] | None:
    return None if names is None else tuple(names)


def _dataset(
    root: Path, uses: Mapping[str, tuple[YoloSplit, ...]], names: tuple[str, ...] | None, faults: Sequence[Finding] = ()
) -> Dataset:
    splits = [*{id(split): split for parts in uses.values() for split in parts}.values()]
    base = next((base for split in splits if (base := base_of(split.place))), root)
    stored, licence = read_categories(base / "annotations" / CATEGORIES)
    known = {category.name: category for category in stored or ()}
    categories = None if names is None else tuple(known.get(name, Category(name)) for name in dict.fromkeys(names))
    both = [split for split in uses.get("train", ()) if split in uses.get("val", ())]
    findings = [*faults]
    findings += [
        Finding("leakage", split.place, "these images are trained on and measured on", action="kept") for split in both
    ]
    findings += [finding for split in splits for finding in split.find_faults()]
    lines, grounds = (tell_splits(splits),), _grounds(root, splits)
    return Dataset(root, "yolo", uses, categories, lines, tuple(findings), licence, grounds=grounds)


def _grounds(root: Path, splits: Sequence[YoloSplit]) -> tuple[Path, ...]:
    """Return the folder, and images/ and labels/ of the splits, which may be elsewhere."""
    bases = {base for split in splits if (base := base_of(split.place))}
    folders = (base / name for base in bases for name in ("images", "labels"))
    return (root, *folders) if root.is_dir() else tuple(folders)
