"""A data YAML: its class names, and where the images of its splits are. Every capability opens one with this module.

Paths are resolved as Ultralytics does, but first beside the YAML. Where Ultralytics would refuse the file or read it
differently, `DataYaml.faults` says so.
"""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from yolo_slice.errors import SliceError
from yolo_slice.foreign_files import LARGEST_IMAGE, read_text, refuse_unreadable
from yolo_slice.integration import folders
from yolo_slice.integration.data.bounded_yaml import load_yaml
from yolo_slice.integration.data.image_list import read_image_list
from yolo_slice.integration.data.images import image_suffixes
from yolo_slice.integration.model_files.stock_files import find_stock_yaml
from yolo_slice.paths import find_shipped

SPLITS = ("train", "val", "test")
REFUSED, DIFFERS, REPEATED = "data-yaml", "yaml-differs", "repeated-name"  # kinds of faults

Fault = tuple[str, str]  # kind and message


@dataclass(frozen=True, slots=True)
class DataYaml:
    """A data YAML.

    Attributes:
        file: The YAML.
        root: The folder that its paths are below.
        names: Class names in order; None if it has neither names nor their number.
        places: Image folders and lists of images of train, val and test.
        settings: All its entries.
        faults: What Ultralytics refuses or reads differently, and names that are given twice.
        missing: What is named and not there, by split.
    """

    file: Path
    root: Path
    names: tuple[str, ...] | None
    places: Mapping[str, tuple[Path, ...]]
    settings: Mapping[str, Any]
    faults: tuple[Fault, ...] = ()
    missing: Mapping[str, str] = field(default_factory=dict)

    def split(self, name: str) -> tuple[Path, ...]:
        """Return the folders and lists of a split that Ultralytics, too, can read.

        Raises:
            SliceError: If Ultralytics refuses the YAML, or the split is not there.
        """
        refused = [message for kind, message in self.faults if kind == REFUSED]
        if refused or name in self.missing:
            raise SliceError(self.missing.get(name) or f"{self.file}: {refused[0]}")
        if name not in self.places:
            raise SliceError(f"{self.file} has no split {name!r}")
        return self.places[name]


@dataclass(frozen=True, slots=True)
class DataSplit:
    """Images of a split.

    Attributes:
        name: "train", "val" or "test".
        root: The data set's folder.
        names: Class names.
        images: Image files, sorted.
        annotations: COCO JSON of the split, if the data YAML names one.
    """

    name: str
    root: Path
    names: tuple[str, ...]
    images: tuple[Path, ...]
    annotations: Path | None


def open_data_yaml(data: str | Path, download: bool = False) -> DataYaml:
    """Open a data YAML.

    Args:
        data: The file, or a name that Ultralytics knows, such as coco8.yaml.
        download: Whether what it describes is downloaded, or made by its script, if it is missing.

    Raises:
        SliceError: If there is no such file, or it is no data YAML.
    """
    file = _find_file(data)
    settings = load_yaml(file)
    if not isinstance(settings, dict):
        raise SliceError(f"{file}: not a data YAML; expected names, train and val")
    if not any(_entry(settings, split) for split in SPLITS):
        raise SliceError(f"{file}: names no split; expected train, val or test")
    if download and settings.get("download"):
        settings = _download(file)
    names, faults = _read_names(file, settings)
    places, missing = _find_places(file, settings)
    root, path_faults = _find_root(file, settings, places)
    unnamed = [split for split in ("train", "val") if not _entry(settings, split)]
    faults += [(REFUSED, f"{' and '.join(unnamed)} missing: Ultralytics refuses it")] if unnamed else []
    return DataYaml(file, root, names, places, settings, (*faults, *path_faults), missing)


def check_data(data: str, split: str) -> DataYaml:
    """Refuse a data YAML without a split that is there, or that is downloaded when it is first used.

    Args:
        data: As for `open_data_yaml`.
        split: "train", "val" or "test".

    Raises:
        SliceError: If there is no such file or split, or it is no data YAML; or if an image is none that can be read.
    """
    try:
        opened = open_data_yaml(data)
        for image in (image for place in opened.places.get(split, ()) for image in _list_images(place)):
            if image.exists():
                refuse_unreadable(image, LARGEST_IMAGE)  # Ultralytics would wait for a pipe
        if split in opened.places or not (opened.settings.get("download") and _entry(opened.settings, split)):
            opened.split(split)
        return opened
    except SliceError as error:
        raise SliceError(f"data={error}") from None


def read_data_split(data_yaml: str | Path, split: str) -> DataSplit:
    """Find the images of a split; nothing is downloaded.

    Raises:
        SliceError: If the data YAML, the split or its images are not there, or Ultralytics refuses the YAML.
    """
    data = open_data_yaml(data_yaml)
    places = data.split(split)
    images = sorted({image for place in places for image in _list_images(place)})
    if not images:
        raise SliceError(f"{data_yaml}, {split}: no images in {', '.join(map(str, places))}")
    settings = {**data.settings, "path": data.root, "yaml_file": data.file}
    return DataSplit(split, data.root, data.names or (), tuple(images), find_annotations(settings, split))


def find_annotations(data: Mapping[str, Any], split: str) -> Path | None:
    """Return the COCO JSON that a data YAML names for a split (`annotations: {val: file.json}`), if it does.

    Args:
        data: The data YAML as Ultralytics has read it; a relative path is looked for in the data set's folder, then
            beside the data YAML.
        split: Key of `annotations`.

    Raises:
        SliceError: If it names one that is not there.
    """
    entry = data.get("annotations")
    named = entry.get(split) if isinstance(entry, Mapping) else None
    if named is None:
        return None
    places = [Path(data.get("path") or "."), Path(data.get("yaml_file") or ".").parent]
    for file in (place / str(named) for place in places):  # an absolute path stays what it is
        if file.is_file():
            return file
    raise SliceError(f"annotations of {split}: {named} is neither in {places[0]} nor beside the data YAML")


def _find_file(data: str | Path) -> Path:
    """Find a data YAML: the file itself, else one that Ultralytics ships, else one of ours."""
    if Path(data).is_file():
        return Path(data)
    if "://" in str(data):
        raise SliceError(f"{data}: download the data YAML first")
    for name in (str(data), f"{data}.yaml"):
        if found := find_stock_yaml(name) or find_shipped(name):
            return found
    raise SliceError(f"{data} does not exist")


def _download(file: Path) -> dict[str, Any]:
    """Let Ultralytics download or make what is missing; the entries as it leaves them."""
    from ultralytics.data.utils import check_det_dataset

    try:
        return check_det_dataset(str(file))
    except SliceError:
        raise
    except Exception as fault:  # Ultralytics has many kinds of errors for a wrong data YAML, and runs its script
        raise SliceError(f"{file}: {type(fault).__name__}: {' '.join(str(fault).split())}") from None


def _entry(settings: Mapping[str, Any], split: str) -> Any:
    return settings.get(split) or (settings.get("validation") if split == "val" else None)


def _read_names(file: Path, settings: Mapping[str, Any]) -> tuple[tuple[str, ...] | None, list[Fault]]:
    names, count, faults = settings.get("names"), _read_count(settings), list[Fault]()
    if names is None and count is not None:
        message = f"no names; Ultralytics calls the classes class_0 to class_{count - 1}"
        return tuple(f"class_{index}" for index in range(count)), [(DIFFERS, message)]
    if names is None:
        return None, [(REFUSED, "neither names nor nc: Ultralytics refuses it")]
    if isinstance(names, str):
        names, faults = _read_text(file, names), [(REFUSED, "names is text, not a list: Ultralytics refuses it")]
    listed = _number(file, names) if isinstance(names, dict) else names
    words = tuple(map(str, listed))
    faults += _find_changed(listed)
    if not words or not all(word.strip() for word in words):
        raise SliceError(f"{file}: names: {'a class has no name' if words else 'there is none'}")
    if broken := next((word for word in words if len(word.splitlines()) > 1 or not _is_utf_8(word)), None):
        raise SliceError(f"{file}: names: {broken!a:.60} is no text of one line in UTF-8")
    if settings.get("nc") is not None and count != len(words):
        faults += [(REFUSED, f"nc is {settings['nc']}, but there are {len(words)} names: Ultralytics refuses it")]
    return words, [*faults, *((REPEATED, message) for message in find_repeated(words))]


def _is_utf_8(text: str) -> bool:
    return text.encode("utf-8", "ignore").decode() == text


def _read_count(settings: Mapping[str, Any]) -> int | None:
    try:
        count = float(settings["nc"])
        return int(count) if count == int(count) and 0 < count < 1e5 else None
    except (KeyError, TypeError, ValueError, OverflowError):
        return None


def _read_text(file: Path, names: str) -> list[str]:
    """Read names that are a block of text, or the path of a file with one name a line."""
    listed = file.parent / names if "\n" not in names and "\0" not in names and len(names) < 200 else None
    if "\n" not in names and not (listed and listed.is_file()):
        raise SliceError(f"{file}: names must be a list of class names, not {names!r:.60}")
    text = read_text(listed, "replace") if listed else names
    return [line.strip() for line in text.splitlines() if line.strip()]


def _number(file: Path, names: Mapping[Any, Any]) -> list[Any]:
    """Put numbered names in order; as for Ultralytics, a number may be written as text."""
    numbered: dict[int, Any] = {}
    for key, name in names.items():
        try:
            number = int(key)
        except (TypeError, ValueError):
            raise SliceError(f"{file}: names has the key {key!r:.60}, which is no number") from None
        if number in numbered:
            raise SliceError(f"{file}: names has the number {number} twice")
        numbered[number] = name
    gaps = [number for number in range(len(numbered)) if number not in numbered]
    if gaps:
        raise SliceError(
            f"{file}: names has {', '.join(map(str, sorted(numbered)[:20]))} and no {gaps[0]}: Ultralytics refuses it; "
            f"number the {len(numbered)} names from 0 to {len(numbered) - 1}"
        )
    return [numbered[number] for number in range(len(numbered))]


def _find_changed(names: Iterable[Any]) -> Iterator[Fault]:
    """Report names that YAML takes for something else than text: no, null, 1e3, 2024-01-01."""
    for number, name in enumerate(names):
        if isinstance(name, bool) or not isinstance(name, (str, int)):
            message = f"class {number} is called {str(name)!r}: YAML takes what is written there for no text; quote it"
            yield DIFFERS, message


def find_repeated(words: Sequence[str]) -> Iterator[str]:
    """Say which class names are given more than once."""
    places: dict[str, list[str]] = {}
    for number, word in enumerate(words):
        places.setdefault(word, []).append(str(number))
    for name, numbers in places.items():
        if len(numbers) > 1:
            yield f"the classes {' and '.join(numbers)} are both {name!r}; made one"


def _find_places(file: Path, settings: Mapping[str, Any]) -> tuple[dict[str, tuple[Path, ...]], dict[str, str]]:
    """Find what each split names, and say which of it is not there."""
    path = settings.get("path") or ""
    if not isinstance(path, (str, Path)):
        raise SliceError(f"{file}: path must be a path, not {path!r:.60}")
    bases, places, missing = _bases(file, path), dict[str, tuple[Path, ...]](), dict[str, str]()
    for split in SPLITS:
        try:
            places |= {split: _resolve(file, settings, split, bases)} if _entry(settings, split) else {}
        except FileNotFoundError as fault:
            missing[split] = str(fault)
    return places, missing


def _find_root(
    file: Path, settings: Mapping[str, Any], places: Mapping[str, tuple[Path, ...]]
) -> tuple[Path, list[Fault]]:
    """Return the folder that the paths are below, and whether Ultralytics may take another."""
    path = settings.get("path") or ""
    bases = _bases(file, path)
    found = [place for split in places.values() for place in split]
    inside = (base for base in bases if any(place.is_relative_to(base.resolve()) for place in found))
    root = next(inside, bases[0]).resolve()
    is_sure = not path or Path(path).is_absolute() or (root == bases[-1].resolve() and not Path(path).exists())
    if is_sure or not found:
        return root, []
    message = (
        f"path: {path} means {root} here; Ultralytics takes it from the working directory or, if it is not there, from "
        f"{folders.datasets_dir()}; leave path out, or write it in full"
    )
    return root, [(DIFFERS, message)]


def _resolve(file: Path, settings: Mapping[str, Any], split: str, bases: list[Path]) -> tuple[Path, ...]:
    entry = _entry(settings, split)
    entries = entry if isinstance(entry, list) else [entry]
    if not all(isinstance(item, str) for item in entries):
        raise SliceError(f"{file}: {split} must be a path or a list of paths, not {entry!r:.60}")
    try:
        return tuple(_find(bases, item, f"{file}: {split}") for item in entries)
    except FileNotFoundError:
        raise
    except ValueError as fault:  # a NUL in a path
        raise SliceError(f"{file}: {split}: {fault}") from fault
    except OSError as fault:  # the system refuses the path itself: it is too long, say
        raise SliceError(
            f"{file}: {split}: {fault.strerror}, in a path of {len(str(fault.filename))} characters"
        ) from fault


def _bases(file: Path, path: str | Path) -> list[Path]:
    folder = file.resolve().parent
    return [folder / path, Path.cwd() / path, folders.datasets_dir() / path] if path else [folder]


def _find(bases: list[Path], entry: str, where: str) -> Path:
    """Find a folder or list; `../train/images` means train/images where the first is not there, as for Ultralytics."""
    names = [entry, entry[3:]] if entry.startswith("../") else [entry]
    places = [base / name for name in names for base in bases]
    found = next((place for place in places if place.exists()), None)
    if found is None:
        raise FileNotFoundError(f"{where}: {places[0]} is not there")
    return found.resolve()


def _list_images(place: Path) -> list[Path]:
    """List the images of a folder with all below it, or those named in a text file.

    Raises:
        SliceError: If a folder cannot be looked into.
    """
    if place.is_dir():
        walk = os.walk(place, onerror=_refuse)
        files = (Path(folder, name) for folder, _, names in walk for name in names)
        return [file for file in files if file.suffix[1:].lower() in image_suffixes()]
    return [image for _, image in read_image_list(place)] if place.is_file() else []


def _refuse(fault: OSError) -> None:
    raise SliceError(f"{fault.filename} cannot be looked into: {fault.strerror}") from fault
