"""Reads the host's data YAML: class names, and where the images of each split are."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from yolo_slice.data.class_map import refuse_repeated
from yolo_slice.data.dataset import USES
from yolo_slice.errors import SliceError
from yolo_slice.integration import folders


@dataclass(frozen=True, slots=True)
class DataYaml:
    """A data YAML.

    Attributes:
        file: The YAML.
        names: Class names in order; None if it has only their number.
        places: Image folders and lists of images of train, val and test.
    """

    file: Path
    names: tuple[str, ...] | None
    places: dict[str, tuple[Path, ...]]


def read_data_yaml(file: Path) -> DataYaml:
    """Read a data YAML; relative paths are resolved as the host does, but first beside the YAML.

    Raises:
        SliceError: If it is not one, with the line where YAML has one; or if it describes key points.
    """
    data = load_yaml(file)
    if not isinstance(data, dict):
        raise SliceError(f"{file}: not a data YAML; expected names, train and val")
    if "kpt_shape" in data:
        raise SliceError(f"{file}: kpt_shape: these are labels for pose; only boxes are converted and checked")
    places = {use: _resolve(file, data, use) for use in USES if _entry(data, use)}
    if not places:
        raise SliceError(f"{file}: names no split; expected train, val or test")
    return DataYaml(file, _read_names(file, data.get("names")), places)


def load_yaml(file: Path) -> Any:
    """Load YAML.

    Raises:
        SliceError: If it cannot be parsed, with the line.
    """
    try:
        return yaml.safe_load(file.read_text("utf-8-sig"))
    except yaml.MarkedYAMLError as fault:
        line = fault.problem_mark.line + 1 if fault.problem_mark else 1
        raise SliceError(f"{file}, line {line}: not YAML ({fault.problem})") from fault
    except (yaml.YAMLError, ValueError, RecursionError) as fault:
        raise SliceError(f"{file}: not YAML ({' '.join(str(fault).split())})") from fault


def _read_names(file: Path, names: Any) -> tuple[str, ...] | None:
    if names is None:
        return None
    if isinstance(names, dict):
        if not names or sorted(names, key=str) != sorted(range(len(names)), key=str):
            raise SliceError(f"{file}: names must be numbered from 0 to {len(names) - 1} without a gap")
        names = [names[index] for index in range(len(names))]
    if not isinstance(names, list) or not names:
        raise SliceError(f"{file}: names must be a list of class names, not {names!r}")
    words = tuple(str(name) for name in names)
    refuse_repeated(words, f"{file}: names")
    return words


def _entry(data: dict[str, Any], use: str) -> Any:
    return data.get(use) or (data.get("validation") if use == "val" else None)


def _resolve(file: Path, data: dict[str, Any], use: str) -> tuple[Path, ...]:
    entry = _entry(data, use)
    entries = entry if isinstance(entry, list) else [entry]
    if not all(isinstance(item, str) for item in entries) or not isinstance(data.get("path") or "", str):
        raise SliceError(f"{file}: {use} must be a path or a list of paths, not {entry!r}")
    bases = _bases(file, data.get("path") or "")
    try:
        return tuple(_find(bases, item, f"{file}: {use}") for item in entries)
    except ValueError as fault:  # a NUL in a path
        raise SliceError(f"{file}: {use}: {fault}") from fault
    except OSError as fault:  # the system refuses the path itself: it is too long, say
        raise SliceError(
            f"{file}: {use}: {fault.strerror}, in a path of {len(str(fault.filename))} characters"
        ) from fault


def _bases(file: Path, path: str) -> list[Path]:
    folder = file.resolve().parent
    return [folder / path, Path.cwd() / path, folders.datasets_dir() / path] if path else [folder]


def _find(bases: list[Path], entry: str, where: str) -> Path:
    """Find a folder or list; `../train/images` means train/images where the first is not there, as for the host."""
    names = [entry, entry[3:]] if entry.startswith("../") else [entry]
    places = [base / name for name in names for base in bases]
    found = next((place for place in places if place.exists()), None)
    if found is None:
        raise SliceError(f"{where}: {places[0]} is not there")
    return found.resolve()
