"""A split of the data set that a data YAML describes, found as the host finds it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from yolo_slice.errors import SliceError
from yolo_slice.integration.model_files.stock_files import image_suffixes


@dataclass(frozen=True, slots=True)
class DataSplit:
    """Images and labels of a split.

    Attributes:
        name: "train", "val" or "test".
        root: The data set's folder.
        names: Class names.
        images: Image files, sorted.
        labels: The label file of each image; it need not exist.
        annotations: COCO JSON of the split, if the data YAML names one.
    """

    name: str
    root: Path
    names: tuple[str, ...]
    images: tuple[Path, ...]
    labels: tuple[Path, ...]
    annotations: Path | None


def read_data_split(data_yaml: str | Path, split: str) -> DataSplit:
    """Find the images and labels of a split; nothing is downloaded.

    Raises:
        SliceError: If the data YAML, the split or its images are not there.
    """
    from ultralytics.data.utils import check_det_dataset, img2label_paths

    try:
        data = check_det_dataset(str(data_yaml), autodownload=False)
    except Exception as fault:  # the host has many kinds of errors for a wrong data YAML
        raise SliceError(f"{data_yaml}: {type(fault).__name__}: {' '.join(str(fault).split())}") from None
    if not data.get(split):
        raise SliceError(f"{data_yaml} has no split {split!r}")
    places = data[split] if isinstance(data[split], list) else [data[split]]
    images = sorted({image for place in places for image in _list_images(Path(place))})
    if not images:
        raise SliceError(f"{data_yaml}, {split}: no images in {', '.join(map(str, places))}")
    return DataSplit(
        split,
        Path(data["path"]),
        tuple(str(name) for name in data["names"].values()),
        tuple(images),
        tuple(map(Path, img2label_paths([str(image) for image in images]))),
        find_annotations(data, split),
    )


def find_annotations(data: Mapping[str, Any], split: str) -> Path | None:
    """Return the COCO JSON that a data YAML names for a split (`annotations: {val: file.json}`), if it does.

    Args:
        data: The data YAML as the host has read it; a relative path is looked for in the data set's folder, then
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


def _list_images(place: Path) -> list[Path]:
    """List the images of a folder, or those named in a text file; `./` there is the text file's folder."""
    if place.is_dir():
        return [file for file in place.rglob("*.*") if file.suffix[1:].lower() in image_suffixes()]
    lines = place.read_text("utf-8-sig").split("\n") if place.is_file() else []
    named = [line.strip() for line in lines if line.strip()]
    return [place.parent / line[2:] if line.startswith("./") else Path(line) for line in named]
