"""The images of a COCO JSON file one by one, with their files."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any

from yolo_slice.annotations.coco_json import CocoFile, file_name
from yolo_slice.annotations.findings import Finding
from yolo_slice.annotations.image_finder import ImageFinder
from yolo_slice.annotations.record import Reading
from yolo_slice.annotations.result_names import is_safe, safe_id


@dataclass(frozen=True, slots=True)
class CocoSplit:
    """A JSON file and where its images may be.

    Attributes:
        name: Name of the split.
        coco: The file.
        places: Folders to look for images in.
        finder: Finds images that are elsewhere.
    """

    name: str
    coco: CocoFile
    places: tuple[Path, ...]
    finder: ImageFinder

    def __len__(self) -> int:
        return len(self.coco.images)

    def read(self) -> Iterator[Reading]:
        """Read the images in the order of the file."""
        ids: set[str] = set()
        for entry in self.coco.images:
            yield self._read_image(entry, ids)

    def _read_image(self, entry: Mapping[str, Any], ids: set[str]) -> Reading:
        name = file_name(entry)
        id = _choose_id(name, self.name)
        if id in ids:
            message = f"image {name} is there twice"
            return Reading(None, (Finding("duplicate-id", self.coco.file, message, action="left out"),))
        ids.add(id)
        reading = self.coco.read(entry)
        image, fault = self._find(name)
        changes = {"id": id, "image": image, "image_fault": fault}
        return replace(reading, record=reading.record and replace(reading.record, **changes))

    def _find(self, name: str) -> tuple[Path | None, str]:
        """Find an image where it should be, else by its name anywhere; the fault says why there is none."""
        parts = [name, PurePosixPath(name).name] if is_safe(name) else [PurePosixPath(name).name]
        found = next((place / part for part in parts for place in self.places if _is_file(place / part)), None)
        others = [] if found else self.finder.find(name)
        if len(others) > 1:
            return None, f"more than one image is called {parts[-1]}: {', '.join(map(str, others))}"
        return found or next(iter(others), None), ""


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # the name is too long for the system
        return False


def _choose_id(name: str, split: str) -> str:
    """Take the file's path without suffix, and without the folder that the split is called after."""
    id = safe_id(name)
    return id.removeprefix(f"{split}/") if id != f"{split}/" else id
