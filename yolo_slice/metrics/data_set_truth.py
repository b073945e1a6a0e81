"""Ground truth of a split of a data set: the COCO JSON that its data YAML names, else its labels and side files."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from yolo_slice.annotations.category import CATEGORIES, read_categories
from yolo_slice.annotations.coco_json import CocoFile, file_name
from yolo_slice.annotations.examine import true_wh
from yolo_slice.annotations.record import Reading, Record
from yolo_slice.annotations.values import read_json, shown
from yolo_slice.annotations.yolo_image import (
    base_of,
    find_stale,
    open_side_files,
    read_plain,
    restore_labels,
    with_size,
)
from yolo_slice.errors import SliceError
from yolo_slice.integration import log
from yolo_slice.integration.data.data_yaml import read_data_split
from yolo_slice.metrics.annotated_truth import collect_truth, knows_difficult, open_coco, usable_records
from yolo_slice.metrics.truth import Truth, unambiguous


@dataclass(frozen=True, slots=True)
class Split:
    """A split of a data set.

    Attributes:
        images: Its images.
        root: The data set's folder.
        names: Class names.
        kept: Classes whose objects count; None: all.
    """

    images: Sequence[Path]
    root: Path
    names: Sequence[str]
    kept: Sequence[int] | None = None

    @property
    def keys(self) -> list[str]:
        """Name each image by its path below the data set's folder."""
        return [_below(image, self.root).as_posix() for image in self.images]

    @property
    def aliases(self) -> dict[str, int]:
        """Name images as Ultralytics' detections do: by stem, or by path with `_` for `/`; if unambiguous."""
        return unambiguous((alias, n) for n, image in enumerate(self.images) for alias in self._aliases(image))

    def _aliases(self, image: Path) -> set[str]:
        below = _below(image, self.root) if image.is_relative_to(self.root) else Path(image.name)
        parts = below.with_suffix("").parts
        return {image.name, image.stem, below.as_posix(), *("_".join(parts[i:]) for i in range(len(parts)))}


def data_set_truth(data_yaml: Path, split: str, annotations: Path | None = None) -> Truth:
    """Read the ground truth of a split.

    Args:
        data_yaml: The data YAML.
        split: Its key.
        annotations: COCO JSON of the split; None: the one that the data YAML names, else labels and side files.

    Raises:
        SliceError: If anything cannot be read.
    """
    files = read_data_split(data_yaml, split)
    part = Split(files.images, files.root, files.names)
    if annotations or files.annotations:
        return json_truth(annotations or files.annotations or Path(), part)
    names = tuple(files.names)
    readings = (_read_labels(key, image, names) for key, image in zip(part.keys, part.images, strict=True))
    return label_truth(part, usable_records(log.progress(readings, f"labels of {split}", len(part.images))))


def label_truth(split: Split, records: Sequence[Record], may_restore: bool = True) -> Truth:
    """Make ground truth of an image's labels and, if they cover the whole split, what the side files add.

    Args:
        split: The split.
        records: The labels of its images, with the images' sizes.
        may_restore: Whether side files can be used: not if classes were left out or taken for one.
    """
    restored = _restore(split.images, records) if may_restore else None
    used = records if restored is None else restored
    known = {name: n for n, name in enumerate(split.names)}
    unknown = next((item.name for record in used for item in record.items if item.name not in known), None)
    if unknown is not None:
        raise SliceError(f"{_base(split)}/annotations: class {shown(unknown)} of a side file is not in the data YAML")
    ids = ((str(record.image_id), n) for n, record in enumerate(used) if record.image_id is not None)
    return collect_truth(
        split.keys,
        split.names,
        used,
        aliases=split.aliases,
        image_ids=unambiguous(ids),
        category_ids=[_from_one(split.names), *([] if restored is None else _stored_ids(split))],
        knows_difficult=restored is not None,
        source="labels" if restored is None else f"labels and side files of {_base(split) / 'annotations'}",
    )


def json_truth(file: Path, split: Split) -> Truth:
    """Read the COCO JSON of a split, in the order of the split's images and classes.

    Images are matched by file name, classes by name (letter case does not matter).

    Raises:
        SliceError: If an image of the split, or a class of the JSON, has no counterpart.
    """
    coco = open_coco(read_json(file), file)
    entries = _match_images(coco, split)
    known = {name.strip().casefold(): n for n, name in enumerate(split.names)}
    labels = {id: known.get(name.strip().casefold()) for id, name in coco.names.items()}
    records = usable_records(map(coco.read, entries))
    ids = {str(entry["id"]): n for n, entry in enumerate(entries)}
    return collect_truth(
        split.keys,
        split.names,
        [_rename(record, known, split, file) for record in records],
        is_cut=False,
        files=tuple(split.images),
        aliases=split.aliases,
        image_ids=ids,
        category_ids=[{id: label for id, label in labels.items() if label is not None}, _from_one(split.names)],
        knows_difficult=knows_difficult(coco),
        source=str(file),
    )


def _read_labels(key: str, image: Path, names: tuple[str, ...]) -> Reading:
    record, findings = read_plain(key, image, names)
    return Reading(with_size(record, true_wh(image)), tuple(findings))


def _restore(images: Sequence[Path], records: Sequence[Record]) -> list[Record] | None:
    """Add what the side files know; None, with a warning if there are any, if they do not fit the whole split."""
    sides = open_side_files(images)
    if not sides.offsets:
        return None
    restored = []
    for image, record in zip(images, records, strict=True):
        line = sides.find(image)
        fault = f"have no line for {image}" if line is None else find_stale(record, line)
        if line is None or fault:
            log.warn(f"side files are not used, the labels alone are: they {fault}")
            return None
        restored.append(restore_labels(record, line))
    return restored


def _match_images(coco: CocoFile, split: Split) -> list[Mapping[str, Any]]:
    """Find the JSON's entry of each image."""
    names = ((name, n) for n, entry in enumerate(coco.images) for name in _json_names(entry))
    index = unambiguous(names)
    found: dict[int, Path] = {}
    for key, image in zip(split.keys, split.images, strict=True):
        n = next((index[name] for name in (key, image.name, image.stem) if name in index), None)
        if n is None:
            raise SliceError(f"{coco.file} has no image {image.name}")
        if n in found:
            raise SliceError(f"{coco.file}: {image.name} is in the split twice: {image} and {found[n]}")
        found[n] = image
    return [coco.images[n] for n in found]


def _json_names(entry: Mapping[str, Any]) -> Iterable[str]:
    path = Path(file_name(entry))
    return {path.as_posix(), path.name, path.stem, str(entry["id"]) if not path.name else ""}


def _rename(record: Record, known: Mapping[str, int], split: Split, file: Path) -> Record:
    """Give the objects the names of the data YAML, and leave out those of classes that do not count."""
    items = []
    for item in record.items:
        label = known.get(item.name.strip().casefold())
        if label is None:
            raise SliceError(
                f"{file}: the data YAML has no class {shown(item.name)}; it has {shown(list(split.names))}"
            )
        if split.kept is None or label in split.kept:
            items.append(replace(item, name=split.names[label]))
    return replace(record, items=tuple(items))


def _stored_ids(split: Split) -> list[Mapping[int, int]]:
    """Read COCO's category ids where a conversion has kept them."""
    categories, _ = read_categories(_base(split) / "annotations" / CATEGORIES)
    labels = {name: n for n, name in enumerate(split.names)}
    return [{c.id: labels[c.name] for c in categories or () if c.id is not None and c.name in labels}]


def _base(split: Split) -> Path:
    return base_of(split.images[0].parent) or split.root


def _from_one(names: Sequence[str]) -> Mapping[int, int]:
    """Number classes as Ultralytics does in its JSON."""
    return {n + 1: n for n in range(len(names))}


def _below(image: Path, root: Path) -> Path:
    return image.relative_to(root) if image.is_relative_to(root) else image
