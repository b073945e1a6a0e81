"""Darknet: obj.data, which names the class names and the lists of the splits; CVAT's YOLO 1.1 has it, too."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from yolo_slice.annotations.category import Category, find_repeated_names, read_name_file
from yolo_slice.annotations.examine import true_wh
from yolo_slice.annotations.file_index import is_there
from yolo_slice.annotations.findings import Finding
from yolo_slice.annotations.image_finder import ImageFinder
from yolo_slice.annotations.record import Reading, Record
from yolo_slice.annotations.result_names import safe_id
from yolo_slice.annotations.split_names import split_use
from yolo_slice.annotations.yolo_image import label_of, with_size
from yolo_slice.annotations.yolo_labels import is_label_file, read_labels
from yolo_slice.data.dataset import USES, Dataset, tell_splits
from yolo_slice.data.format import Format
from yolo_slice.errors import SliceError
from yolo_slice.foreign_files import read_text


@dataclass(frozen=True, slots=True)
class DarknetSplit:
    """A list of images.

    Attributes:
        name: Name of the split.
        list: The text file.
        bases: Folders that its lines may be relative to.
        lines: Its lines.
        names: Class names in order; None if they are not known.
        finder: Finds images that are elsewhere.
    """

    name: str
    list: Path
    bases: tuple[Path, ...]
    lines: tuple[str, ...]
    names: tuple[str, ...] | None
    finder: ImageFinder

    def __len__(self) -> int:
        return len(self.lines)

    def read(self) -> Iterator[Reading]:
        """Read the labels image by image."""
        taken: set[str] = set()
        for line in self.lines:
            image = find_below(self.bases, line) or self._find_elsewhere(line)
            id = _choose_id(line, taken)
            taken.add(id)
            if image is None:
                message = f"lists {line!r}, which is not there"
                yield Reading(None, (Finding("missing-image", self.list, message, action="left out"),))
            else:
                yield self._read(id, image)

    def _find_elsewhere(self, line: str) -> Path | None:
        found = self.finder.find(line)
        return found[0] if len(found) == 1 else None

    def _read(self, id: str, image: Path) -> Reading:
        places = (label_of(image), image.with_suffix(".txt"))
        label = next(filter(is_there, places), None)
        if label is None:
            finding = Finding("no-annotation", image, "no label file", action="taken for a background")
            return Reading(Record(image, id, image.suffix, image, None, ()), (finding,))
        items, findings = read_labels(label, self.names)
        record = Record(label, id, image.suffix, image, None, items)
        try:
            return Reading(with_size(record, true_wh(image)), tuple(findings))
        except SliceError:
            return Reading(record, tuple(findings))  # examine will say so


def find_files(root: Path) -> list[Path]:
    """Find the files that name lists of images: the file itself, or those of a folder or of its data/ and cfg/."""
    if root.is_file():
        found = [root]
    else:
        found = sorted(file for place in (root, root / "data", root / "cfg") for file in place.glob("*.data"))
    return [
        file for file in found if file.suffix.lower() == ".data" and {"train", "valid", "test"} & {*read_entries(file)}
    ]


def read_entries(file: Path) -> dict[str, str]:
    """Read the lines `key = value`."""
    text = read_text(file, "replace")
    pairs = (line.split("#")[0].partition("=") for line in text.splitlines())
    return {key.strip().casefold(): value.strip().strip("\"'") for key, sign, value in pairs if sign and value.strip()}


def find_below(bases: Sequence[Path], entry: str) -> Path | None:
    """Find a file that darknet takes from its working directory: below a base, with or without its first part."""
    parts = PurePosixPath(entry.replace("\\", "/"))
    shorter = PurePosixPath(*parts.parts[1:]) if len(parts.parts) > 1 and not parts.is_absolute() else parts
    try:
        return next((place for part in (parts, shorter) for base in bases if (place := base / part).is_file()), None)
    except (OSError, ValueError):  # too long for the system, or with a NUL
        return None


def open_darknet(root: Path, names: Sequence[str] | None = None) -> Dataset | None:
    """Open obj.data, or the folder of one.

    Raises:
        SliceError: If there are two such files, or a list that it names is not there.
    """
    files = find_files(root)
    if not files:
        return None
    if len(files) > 1:
        raise SliceError(
            f"{root} has {len(files)} .data files ({', '.join(file.name for file in files)}); name the one"
        )
    file = files[0]
    bases = (file.parent, file.parent.parent, Path.cwd())
    entries, finder = read_entries(file), ImageFinder((root if root.is_dir() else file.parent,))
    stated, repeated = _read_names(file, bases, entries.get("names"))
    known = stated or (tuple(names) if names is not None else None)
    uses: dict[str, tuple[DarknetSplit, ...]] = dict.fromkeys(USES, ())
    for key, value in entries.items():
        if (use := split_use(key)) in USES:
            uses[use] = (*uses[use], _open_split(file, bases, key, value, known, finder))
    splits = (split for found in uses.values() for split in found)
    findings = (*_compare_count(file, entries.get("classes"), known), *repeated)
    categories = tuple(map(Category, dict.fromkeys(known))) if known else None
    return Dataset(root, FORMAT.name, uses, categories, (tell_splits(splits),), findings)


def _open_split(
    file: Path, bases: tuple[Path, ...], key: str, value: str, names: tuple[str, ...] | None, finder: ImageFinder
) -> DarknetSplit:
    listed = find_below(bases, value)
    if listed is None:
        raise SliceError(f"{file}: {key} = {value} is not there")
    lines = (line.strip().strip("\"'") for line in read_text(listed, "replace").splitlines())
    places = (*bases, listed.parent)
    return DarknetSplit(key, listed, places, tuple(dict.fromkeys(line for line in lines if line)), names, finder)


def _read_names(
    file: Path, bases: tuple[Path, ...], entry: str | None
) -> tuple[tuple[str, ...] | None, tuple[Finding, ...]]:
    """Read the file of names, and report those that are there twice."""
    listed = find_below(bases, entry) if entry else None
    if entry and listed is None:
        raise SliceError(f"{file}: names = {entry} is not there")
    names = read_name_file(listed) if listed else None
    return names, tuple(find_repeated_names(listed, names)) if listed and names else ()


def _compare_count(file: Path, classes: str | None, names: tuple[str, ...] | None) -> Iterator[Finding]:
    if classes and names and classes != str(len(names)):
        yield Finding(
            "unknown-class", file, f"classes is {classes}, but there are {len(names)} names", action="the names hold"
        )


def _choose_id(line: str, taken: set[str]) -> str:
    """Take the image's stem, with the folders before it as far as it needs them to be told from others."""
    path = PurePosixPath(safe_id(line))
    ids = ("_".join(path.parts[-count:]) for count in range(1, len(path.parts) + 1))
    return next((id for id in ids if id not in taken), "_".join((*path.parts, str(len(taken)))))


FORMAT = Format(
    "darknet",
    "obj.data with names=, train= and valid=",
    lambda root: bool(find_files(root)),
    open_darknet,
    is_label_file,
    has_backgrounds=True,
)
