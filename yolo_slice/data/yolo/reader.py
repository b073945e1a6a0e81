"""Reads the images and labels of one split in the host's layout."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from yolo_slice.annotations.box import WH, Box, Corners
from yolo_slice.annotations.examine import true_wh
from yolo_slice.annotations.file_index import list_below
from yolo_slice.annotations.findings import Finding
from yolo_slice.annotations.record import Item, Reading, Record
from yolo_slice.annotations.sidecar import SideFile, restore, side_file
from yolo_slice.annotations.yolo_labels import read_labels
from yolo_slice.errors import SliceError
from yolo_slice.integration.model_files.stock_files import image_suffixes

NOT_LABELS = {"classes.txt"}  # LabelImg writes it among the labels


@dataclass(frozen=True, slots=True)
class YoloSplit:
    """A folder of images, or a text file that lists them.

    Attributes:
        name: Name of the split.
        place: The folder or list.
        images: The images by their id.
        names: Class names in order; None if they are not known.
        doubles: Images whose id another image has.
    """

    name: str
    place: Path
    images: Mapping[str, Path]
    names: tuple[str, ...] | None
    doubles: tuple[Path, ...] = ()

    def __len__(self) -> int:
        return len(self.images)

    def read(self) -> Iterator[Reading]:
        """Read the labels image by image."""
        base = base_of(self.place)
        side = SideFile.open(side_file(base, self.name)) if base else SideFile(self.place)
        for id, image in self.images.items():
            yield read_image(id, image, self.names, side, base)

    def find_strays(self) -> list[Finding]:
        """Report images that share a label file, and labels that have no image."""
        message = "another image has the same name but for the suffix, and so the same label file"
        doubles = [Finding("duplicate-id", image, message, action="left out") for image in self.doubles]
        orphans = self._orphans()
        return [
            *doubles,
            *(Finding("missing-image", file, "labels without an image", action="left out") for file in orphans),
        ]

    def _orphans(self) -> list[Path]:
        labels = label_of(self.place / "x.jpg").parent
        if not self.place.is_dir() or not labels.is_dir():
            return []
        known = {label_of(image) for image in self.images.values()}
        return [file for file in list_below(labels, {"txt"}) if file not in known and file.name not in NOT_LABELS]


def open_split(name: str, place: Path, names: tuple[str, ...] | None) -> YoloSplit:
    """List the images of a folder, with all below it, or of a text file.

    Raises:
        SliceError: If the list is not text.
    """
    images: dict[str, Path] = {}
    doubles = []
    for image in list_below(place, image_suffixes()) if place.is_dir() else _read_list(place):
        id = image.relative_to(place).with_suffix("").as_posix() if place.is_dir() else _id_in_list(image)
        if id in images:
            doubles += [image]
        else:
            images[id] = image
    return YoloSplit(name, place, images, names, tuple(doubles))


def read_image(id: str, image: Path, names: tuple[str, ...] | None, side: SideFile, base: Path | None) -> Reading:
    """Read one image's labels; no label file means a background, as for the host."""
    label = label_of(image)
    if not image.is_file():
        return Reading(None, (Finding("missing-image", image, "is listed and not there", action="left out"),))
    if not label.is_file():
        finding = Finding("no-annotation", image, "no label file", action="taken for a background")
        return Reading(Record(image, id, image.suffix, image, None, ()), (finding,))
    items, findings = read_labels(label, names)
    record = Record(label, id, image.suffix, image, None, items)
    line = side.find(image.relative_to(base).as_posix()) if base and image.is_relative_to(base) else None
    if line is None and not any(item.segmentation for item in items):
        return Reading(record, tuple(findings))
    try:
        wh = true_wh(image)
    except SliceError:
        return Reading(record, tuple(findings))  # examine will say so
    record = replace(record, wh=wh, items=tuple(_scale_polygon(item, wh) for item in items))
    if line is not None and (line["width"], line["height"]) != wh:
        message = f"says {line['width']}x{line['height']} of {record.file_name}, but the image has {wh[0]}x{wh[1]}"
        return Reading(record, (*findings, Finding("stale-side-file", side.file, message, action="not used")))
    return Reading(restore(record, line, corners_in_file, has_aside=False) if line else record, tuple(findings))


def corners_in_file(box: Box, wh: WH) -> Corners:
    """Return the corners that a label row gives a box, in pixels."""
    return box.clip(wh).xyxy(wh)


def label_of(image: Path) -> Path:
    """Return an image's label file, by the host's rule: the last images/ in its path becomes labels/.

    Example:
        >>> label_of(Path("set/images/train/a.b.jpg")).as_posix()
        'set/labels/train/a.b.txt'
    """
    images, labels = f"{os.sep}images{os.sep}", f"{os.sep}labels{os.sep}"
    path = f"{os.sep}{image}"  # also where the path begins with images/
    return Path(labels.join(path.rsplit(images, 1))[1:]).with_suffix(".txt")


def base_of(place: Path) -> Path | None:
    """Return the folder that holds the images/ of a path; None if there is none in it."""
    return next((path.parent for path in (place, *place.parents) if path.name == "images"), None)


def _read_list(file: Path) -> list[Path]:
    try:
        lines = file.read_text("utf-8-sig").splitlines()
    except (UnicodeDecodeError, OSError) as fault:
        raise SliceError(f"{file}: not a text file that lists images ({fault})") from fault
    paths = (file.parent / line.strip() for line in lines if line.strip() and "\0" not in line)
    return [path for path in paths if path.suffix[1:].lower() in image_suffixes()]


def _id_in_list(image: Path) -> str:
    base = base_of(image.parent)
    return (image.relative_to(base / "images") if base else Path(image.name)).with_suffix("").as_posix()


def _scale_polygon(item: Item, wh: WH) -> Item:
    if not item.segmentation:
        return item
    (w, h), values = wh, item.segmentation[0]
    pairs = zip(values[::2], values[1::2], strict=True)
    return replace(item, segmentation=[[number for x, y in pairs for number in (round(x * w, 6), round(y * h, 6))]])
