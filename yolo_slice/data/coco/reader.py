"""The images of a COCO JSON file one by one, with their files."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any

from yolo_slice.annotations.coco_json import CocoFile, file_name
from yolo_slice.annotations.findings import Finding
from yolo_slice.annotations.record import Reading, is_safe


@dataclass(frozen=True, slots=True)
class CocoSplit:
    """A JSON file and where its images may be.

    Attributes:
        name: Name of the split.
        coco: The file.
        places: Folders to look for images in.
    """

    name: str
    coco: CocoFile
    places: tuple[Path, ...]

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
        return replace(reading, record=reading.record and replace(reading.record, id=id, image=self._find(name)))

    def _find(self, name: str) -> Path | None:
        candidates = [name, PurePosixPath(name).name] if is_safe(name) else [PurePosixPath(name).name]
        return next((file for part in candidates for place in self.places if (file := place / part).is_file()), None)


def _choose_id(name: str, split: str) -> str:
    """Take the file's path without suffix, and without the folder that the split is called after."""
    path = PurePosixPath(name if is_safe(name) else PurePosixPath(name).name)
    parts = path.parts[1:] if len(path.parts) > 1 and path.parts[0] == split else path.parts
    return PurePosixPath(*parts).with_suffix("").as_posix()
