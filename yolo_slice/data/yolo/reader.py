"""Reads the images and labels of one split in Ultralytics' layout."""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from yolo_slice.annotations.file_index import is_there, list_below, tell_unreadable
from yolo_slice.annotations.findings import Finding
from yolo_slice.annotations.image_finder import ImageFinder
from yolo_slice.annotations.record import Reading
from yolo_slice.annotations.result_names import safe_id
from yolo_slice.annotations.yolo_image import base_of, label_of, open_side_files, read_image
from yolo_slice.integration.data.image_list import read_image_list
from yolo_slice.integration.data.images import image_suffixes


@dataclass(frozen=True, slots=True)
class YoloSplit:
    """A folder of images, or a text file that lists them.

    Attributes:
        name: Name of the split.
        place: The folder or list.
        images: The images by their id.
        names: Class names in order; None if they are not known.
        doubles: Images whose id another image has.
        faults: What is wrong with the list, or with folders below the folder.
    """

    name: str
    place: Path
    images: Mapping[str, Path]
    names: tuple[str, ...] | None
    doubles: tuple[Path, ...] = ()
    faults: tuple[Finding, ...] = ()

    def __len__(self) -> int:
        return len(self.images)

    def read(self) -> Iterator[Reading]:
        """Read the labels image by image."""
        sides = open_side_files(self.images.values())
        for id, image in self.images.items():
            yield read_image(id, image, self.names, sides)

    def find_faults(self) -> list[Finding]:
        """Report what is wrong with the list, and images that share a label file."""
        message = "another image has the same name but for the suffix, and so the same label file"
        doubles = [Finding("duplicate-id", image, message, action="left out") for image in self.doubles]
        return [*self.faults, *doubles]


def open_split(name: str, place: Path, names: tuple[str, ...] | None) -> YoloSplit:
    """List the images of a folder, with all below it, or of a text file.

    Raises:
        SliceError: If the list is not text.
    """
    images: dict[str, Path] = {}
    doubles = []
    refused: list[OSError] = []
    listed, faults = _read_list(place) if place.is_file() else (list_below(place, image_suffixes(), refused.append), [])
    faults += map(tell_unreadable, refused)
    for image in listed:
        id = safe_id(image.relative_to(place).as_posix()) if place.is_dir() else _id_in_list(image)
        if id in images and label_of(image) != label_of(images[id]):
            id = _another_id(id, image, images)  # of another folder
        if id in images:
            doubles += [image]
        else:
            images[id] = image
    return YoloSplit(name, place, images, names, tuple(doubles), tuple(faults))


def _another_id(id: str, image: Path, taken: Collection[str]) -> str:
    """Put names of folders before an id until it is free."""
    for folder in image.resolve().parents:
        id = f"{folder.name}_{id}" if folder.name not in ("images", "") else id
        if id not in taken:
            return id
    return id


def _read_list(file: Path) -> tuple[list[Path], list[Finding]]:
    """Read the images that a list names: where they should be, else by their name anywhere beside the list."""
    lines = read_image_list(file)
    images, findings, finder = list[Path](), list[Finding](), ImageFinder((file.parent,))
    for number, (line, path) in enumerate(lines, 1):
        image = file.parent / path
        if "\0" not in line and image.suffix[1:].lower() in image_suffixes() and _is_file(image):
            images.append(image)
            continue
        found = finder.find(re.sub(r"\s+(-1|0|1)$", "", line).strip("\"' "))
        images += found if len(found) == 1 else []
        kind, what = (
            ("yaml-differs", f"is {found[0].name} here") if len(found) == 1 else ("missing-image", "is not there")
        )
        action = "Ultralytics does not find it" if len(found) == 1 else "left out"
        findings.append(Finding(kind, file, f"{line[:200]!r} {what}", number, unit="entry", action=action))
    loose = [line for line, _ in lines if not line.startswith(("./", "/")) and ":" not in line[:3]]
    if loose:
        message = (
            f"{loose[0][:200]!r} is taken from beside the list here, and from the working directory by Ultralytics"
        )
        findings.append(Finding("yaml-differs", file, message))
    return list(dict.fromkeys(images)), findings


def _is_file(path: Path) -> bool:
    try:
        return is_there(path)
    except OSError:  # the name is too long for the system
        return False


def _id_in_list(image: Path) -> str:
    base = base_of(image.parent)
    return safe_id((image.relative_to(base / "images") if base else Path(image.name)).as_posix())
