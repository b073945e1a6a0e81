"""The side files of `yolo-slice data convert`: annotations/<split>.jsonl, every object as its VOC XML has it."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from yolo_slice.annotations.box import Corners as Box
from yolo_slice.annotations.values import entry, listing, read_name, read_text, shown
from yolo_slice.errors import SliceError
from yolo_slice.metrics.formats.boxes import voc_box
from yolo_slice.metrics.truth import Truth, TruthRow, build_truth


def read_side_files(
    images: Sequence[Path], wh: Sequence[tuple[float, float]], root: Path, classes: Sequence[str]
) -> Truth | None:
    """Read the side files of a data set; None if there is none for one of its images.

    Args:
        images: The image files of a split.
        wh: Their sizes, pixels.
        root: The data set's folder.
        classes: Class names of the data YAML.

    Raises:
        SliceError: For a bad line, with its number; a class that is not in the data YAML.
    """
    objects: dict[Path, list[tuple[str, Box, bool]]] = {}
    for side in sorted({root / "annotations" / f"{image.parent.name}.jsonl" for image in images}):
        if side.is_file():
            objects.update(_read_side_file(side, root))
    found = [objects.get(image) for image in images]
    labels = {name_: n for n, name_ in enumerate(classes)}
    rows = []
    for n, things in enumerate(found):
        if things is None:
            return None
        for name_, box, is_difficult in things:
            if name_ not in labels:
                raise SliceError(f"{images[n]}: class {shown(name_)} of its side file is not in the data YAML")
            rows.append(TruthRow(n, labels[name_], box, is_difficult=is_difficult))
    return build_truth([image.as_posix() for image in images], classes, rows, wh, source=str(root / "annotations"))


def _read_side_file(file: Path, root: Path) -> dict[Path, list[tuple[str, Box, bool]]]:
    lines = enumerate(read_text(file).split("\n"), 1)
    return dict(_read_line(line, root, f"{file}, line {n}") for n, line in lines if line.strip())


def _read_line(line: str, root: Path, place: str) -> tuple[Path, list[tuple[str, Box, bool]]]:
    try:
        data = json.loads(line)
    except (ValueError, RecursionError) as fault:
        raise SliceError(f"{place} is no JSON ({fault})") from None
    objects = listing(entry(data, "objects", place), f"{place}, objects")
    image = read_name(entry(data, "image", place), "image", place)
    return root / image, [_read_object(thing, f"{place}, object {n}") for n, thing in enumerate(objects)]


def _read_object(thing: Any, place: str) -> tuple[str, Box, bool]:
    return (
        read_name(entry(thing, "name", place), "name", place),
        voc_box(entry(thing, "xyxy", place), place),
        entry(thing, "difficult", place) is True,
    )
