"""Ground truth of a split of a data set: its labels, the COCO JSON that its data YAML names, or VOC's side files."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

import numpy as np

from yolo_slice.annotations.values import read_json, shown
from yolo_slice.errors import SliceError
from yolo_slice.integration import log
from yolo_slice.integration.data.data_yaml import DataSplit, read_data_split
from yolo_slice.integration.data.images import read_image_wh
from yolo_slice.metrics.formats.coco_json import read_coco_truth
from yolo_slice.metrics.formats.voc_side import read_side_files
from yolo_slice.metrics.formats.yolo_txt import read_yolo_labels, stem_aliases
from yolo_slice.metrics.truth import Truth, TruthRow, build_truth

Rules = Literal["coco", "voc"]


def read_data_set(data_yaml: Path, split: str, rules: Rules) -> Truth:
    """Read the ground truth of a split.

    Args:
        data_yaml: The data YAML.
        split: Its key.
        rules: What it is for. COCO's rules take the COCO JSON that the data YAML names; VOC's take the side files,
            which know difficult objects. Both take the labels where there is no such thing.

    Raises:
        SliceError: If anything cannot be read.
    """
    files = read_data_split(data_yaml, split)
    wh = [_wh(image) for image in log.progress(files.images, f"sizes of {split}")]
    truth = None
    if rules == "coco" and files.annotations:
        truth = annotated_truth(files.annotations, files.images, files.root, files.names)
    elif rules == "voc":
        truth = read_side_files(files.images, wh, files.root, files.names)
    truth = truth or label_truth(files.images, files.root, files.names, wh, _label_rows(files, wh))
    ids = {n + 1: n for n in range(len(files.names))}  # the host counts classes from 1 in its JSON
    return replace(
        truth,
        wh=np.array(wh, dtype=np.float64),
        aliases=stem_aliases(files.images, files.root),
        category_ids=truth.category_ids or ids,
    )


def label_truth(
    images: Sequence[Path],
    root: Path,
    names: Sequence[str],
    wh: Iterable[tuple[float, float]],
    rows: Iterable[TruthRow],
) -> Truth:
    """Make ground truth of YOLO labels: it has neither crowds nor masks, and does not know difficult objects."""
    keys = [_key(image, root) for image in images]
    return build_truth(keys, names, rows, wh, inclusive_px=1.0, knows_difficult=False, source="the labels")


def annotated_truth(
    file: Path,
    images: Sequence[Path],
    root: Path,
    names: Sequence[str],
    kept: Sequence[int] | None = None,
) -> Truth:
    """Read the COCO JSON of a split, and put it in the order of the split's images and classes.

    Args:
        file: COCO JSON; images are matched by file name, classes by name (letter case does not matter).
        images: The split's images.
        root: The data set's folder.
        names: All class names of the data YAML.
        kept: Classes whose objects count; None: all.

    Raises:
        SliceError: If an image of the split, or a class of the JSON, has no counterpart.
    """
    truth = read_coco_truth(read_json(file), str(file))
    places = _match_images(truth, images, root, file)
    labels = _match_classes(truth, names, file)
    rows_kept = np.isin(truth.image, list(places)) & np.isin(
        labels[truth.label], range(len(names)) if kept is None else kept
    )
    new_place = np.full(len(truth.images) + 1, -1)
    new_place[list(places)] = list(places.values())
    return Truth(
        tuple(_key(image, root) for image in images),
        tuple(names),
        new_place[truth.image[rows_kept]],
        labels[truth.label[rows_kept]],
        truth.xywh[rows_kept],
        truth.area[rows_kept],
        truth.is_crowd[rows_kept],
        truth.is_difficult[rows_kept],
        truth.wh[list(places)],
        category_ids={id_: int(labels[n]) for id_, n in truth.category_ids.items()},
        area_kind=truth.area_kind,
        knows_difficult=truth.knows_difficult,
        source=str(file),
    )


def _match_images(truth: Truth, images: Sequence[Path], root: Path, file: Path) -> dict[int, int]:
    """Map the number of an image in the JSON to its number in the split."""
    index = truth.image_index
    places: dict[int, int] = {}
    for n, image in enumerate(images):
        found = next((index[key] for key in (_key(image, root), image.name, image.stem) if key in index), None)
        if found is None:
            raise SliceError(f"{file} has no image {image.name}")
        if found in places:
            raise SliceError(f"{file}: {image.name} is in the split twice: {image} and {images[places[found]]}")
        places[found] = n
    return places


def _match_classes(truth: Truth, names: Sequence[str], file: Path) -> np.ndarray:
    known = {name.strip().casefold(): n for n, name in enumerate(names)}
    used = {*truth.label.tolist()}
    missing = [name for n, name in enumerate(truth.classes) if n in used and name.casefold() not in known]
    if missing:
        raise SliceError(f"{file}: the data YAML has no class {shown(missing[0])}; it has {shown(list(names))}")
    return np.array([known.get(name.casefold(), -1) for name in truth.classes], dtype=np.int64)


def _label_rows(files: DataSplit, wh: Sequence[tuple[float, float]]) -> list[TruthRow]:
    return [
        TruthRow(n, label, box)
        for n, (file, size) in enumerate(zip(files.labels, wh, strict=True))
        for label, box in read_yolo_labels(file, size, len(files.names))
    ]


def _key(image: Path, root: Path) -> str:
    return image.relative_to(root).as_posix() if image.is_relative_to(root) else image.as_posix()


def _wh(image: Path) -> tuple[float, float]:
    try:
        return read_image_wh(image)
    except Exception as fault:  # Pillow raises many kinds on broken headers
        raise SliceError(f"{image} cannot be read as an image ({fault})") from None
