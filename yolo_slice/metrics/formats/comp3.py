"""The VOC development kit's result files: `comp3_det_<split>_<class>.txt`, lines of image, score and corners."""

import re
from collections.abc import Sequence
from pathlib import Path

from yolo_slice.annotations.values import read_lines, read_number, shown
from yolo_slice.errors import SliceError
from yolo_slice.integration import log
from yolo_slice.metrics.detections import DetectionRow, Detections, build_detections
from yolo_slice.metrics.formats.boxes import voc_box
from yolo_slice.metrics.truth import Truth

FILE_NAME = re.compile(r"(?:\w+_)?comp\d+_det_[^_]+_(?P<name>.+)\.txt")


def is_comp3(file: Path) -> bool:
    """Tell whether a file is named as the devkit names its results.

    Example:
        >>> is_comp3(Path("results/comp3_det_val_diningtable.txt"))
        True
    """
    return FILE_NAME.fullmatch(file.name) is not None


def read_comp3(files: Sequence[Path], truth: Truth) -> Detections:
    """Read result files; the class is in each file's name.

    Raises:
        SliceError: For a bad line, with its number; an image that is not in the ground truth; no class known to it.
    """
    images, rows, looked_for, unknown = truth.image_index, [], set(), []
    for file in files:
        match = FILE_NAME.fullmatch(file.name)
        if match is None:
            raise SliceError(f"{file} is not named like comp3_det_val_dog.txt, so its class is not known")
        if match["name"] not in truth.classes:
            unknown.append(match["name"])
            continue
        label = truth.classes.index(match["name"])
        looked_for.add(label)
        rows += [_read_line(words, images, label, truth, f"{file}, line {n}") for n, words in read_lines(file)]
    if unknown:
        log.warn(f"not scored, because {truth.source} has no object of it: {', '.join(unknown)}")
    if not looked_for:
        raise SliceError(f"no result file of a class in {truth.source}: {shown(list(truth.classes))}")
    if missing := [name for n, name in enumerate(truth.classes) if n not in looked_for]:
        log.inform(f"VOC's mAP is over the {len(looked_for)} classes with a result file, not {', '.join(missing)}")
    return build_detections(rows, looked_for=frozenset(looked_for))


def _read_line(words: list[str], images: dict[str, int], label: int, truth: Truth, place: str) -> DetectionRow:
    if len(words) != 6:
        raise SliceError(f"{place}: {len(words)} words instead of 6: image score xmin ymin xmax ymax")
    if words[0] not in images:
        raise SliceError(f"{place}: image {shown(words[0])} is not in {truth.source}")
    return DetectionRow(images[words[0]], label, voc_box(words[2:], place), read_number(words[1], "score", place))
