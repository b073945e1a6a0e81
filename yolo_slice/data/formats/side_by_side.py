"""YOLO labels beside their images, with classes.txt: all in one folder, or in train/, valid/ and test/."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from yolo_slice.annotations.category import Category, find_repeated_names, read_name_file
from yolo_slice.annotations.examine import true_wh
from yolo_slice.annotations.file_index import Index, index_files
from yolo_slice.annotations.findings import Finding
from yolo_slice.annotations.record import Reading, Record
from yolo_slice.annotations.split_names import split_use
from yolo_slice.annotations.yolo_image import with_size
from yolo_slice.annotations.yolo_labels import is_label_file, read_labels
from yolo_slice.data.dataset import USES, Dataset, tell_splits
from yolo_slice.data.format import Format
from yolo_slice.errors import SliceError
from yolo_slice.integration.data.images import image_suffixes

ROOT = "all"  # name of the split that is not in a folder of its own
NAMES = ("classes.txt", "_darknet.labels", "obj.names")  # LabelImg's, Roboflow's, darknet's; then any *.names


@dataclass(frozen=True, slots=True)
class LabelFolder:
    """A folder of images and labels.

    Attributes:
        name: Name of the split.
        place: The folder.
        images: Its images by their stem.
        labels: Its text files by their stem.
        names: Class names in order; None if they are not known.
    """

    name: str
    place: Path
    images: Index
    labels: Index
    names: tuple[str, ...] | None

    def __len__(self) -> int:
        return len(self.images)

    def read(self) -> Iterator[Reading]:
        """Read the labels image by image; an image without labels is a background."""
        for stem, images in self.images.items():
            yield self._read(stem, images[0])

    def find_doubles(self) -> Iterator[Finding]:
        """Report images that share a label file."""
        for images in self.images.values():
            for image in images[1:]:
                yield Finding("duplicate-id", image, f"{images[0].name} has the same label file", action="left out")

    def _read(self, stem: str, image: Path) -> Reading:
        if stem not in self.labels:
            finding = Finding("no-annotation", image, "no label file", action="taken for a background")
            return Reading(Record(image, stem, image.suffix, image, None, ()), (finding,))
        label = self.labels[stem][0]
        items, findings = read_labels(label, self.names)
        record = Record(label, stem, image.suffix, image, None, items)
        try:
            return Reading(with_size(record, true_wh(image)), tuple(findings))
        except SliceError:
            return Reading(record, tuple(findings))  # examine will say so


def is_here(root: Path) -> bool:
    """Tell whether an image has its labels beside it, in this folder or in those of the splits."""
    return root.is_dir() and any(map(_has_pair, _places(root)))


def open_side_by_side(root: Path, names: Sequence[str] | None = None) -> Dataset | None:
    """Open a folder, or the folders of the splits below it; None if there are no labels beside images.

    The names beside the images hold for their labels, else those in root, else those given.

    Raises:
        SliceError: If a file of names is not text.
    """
    uses: dict[str, tuple[LabelFolder, ...]] = dict.fromkeys(USES, ())
    findings: list[Finding] = []
    for place, use in _places(root).items() if is_here(root) else ():
        images, labels = index_files(place, image_suffixes()), index_files(place, {"txt"})
        if images:
            stated, faults = _read_names(place, root)
            known = stated or (tuple(names) if names is not None else None)
            name = place.name if place != root else ROOT
            uses[use] = (*uses[use], LabelFolder(name, place, images, labels, known))
            findings += faults
    splits = [split for found in uses.values() for split in found]
    findings += (finding for split in splits for finding in split.find_doubles())
    known = dict.fromkeys(name for split in splits for name in split.names or ())
    categories = tuple(map(Category, known)) if known else None
    return Dataset(root, FORMAT.name, uses, categories, (tell_splits(splits),), tuple(findings)) if splits else None


def _read_names(place: Path, root: Path) -> tuple[tuple[str, ...] | None, list[Finding]]:
    """Read the class names that hold in a folder, and report files of names there that say something else."""
    folders = dict.fromkeys((place, root))
    files = [file for at in folders for file in (*(at / name for name in NAMES), *sorted(at.glob("*.names")))]
    names = {file: read_name_file(file) for file in dict.fromkeys(files) if file.is_file()}
    used = next((file for file in names if names[file]), None)
    held = names[used] or () if used else ()
    findings = [*find_repeated_names(used, held)] if used else []
    for file, others in names.items():
        if used and others and others != held:
            message = f"says {', '.join(others)}; {used.relative_to(root).as_posix()}, which holds, {', '.join(held)}"
            findings.append(Finding("unused-names", file, message, action=f"not used for {place.name}"))
        elif not others:
            findings.append(Finding("unused-names", file, "holds no name"))
    return held or None, findings


def _places(root: Path) -> dict[Path, str]:
    below = {place: use for place in sorted(root.glob("*/")) if (use := split_use(place.name)) in USES}
    return {root: "train", **below}


def _has_pair(place: Path) -> bool:
    with os.scandir(place) as entries:
        names = {Path(entry.name) for entry in entries if not entry.name.startswith(".")}
    labels = {name.stem for name in names if name.suffix.lower() == ".txt"}
    return any(name.stem in labels for name in names if name.suffix[1:].lower() in image_suffixes())


FORMAT = Format(
    "side-by-side",
    "images with their .txt beside them, and classes.txt or *.names",
    is_here,
    open_side_by_side,
    is_label_file,
    has_backgrounds=True,
)
