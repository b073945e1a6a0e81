"""A text file per image, lines of class, (confidence,) left, top, right, bottom: the format of Cartucho's mAP."""

from collections.abc import Sequence
from pathlib import Path

from yolo_slice.annotations.box import Corners
from yolo_slice.annotations.values import read_lines, read_number, shown
from yolo_slice.errors import SliceError
from yolo_slice.integration import log
from yolo_slice.metrics.detections import DetectionRow, Detections, build_detections
from yolo_slice.metrics.formats.boxes import voc_box
from yolo_slice.metrics.truth import Truth, TruthRow, build_truth


def read_class_txt_truth(files: Sequence[Path], source: str) -> Truth:
    """Read ground truth, lines of `class left top right bottom [difficult]`; the file's stem names the image.

    Raises:
        SliceError: For a bad line, with its number.
    """
    objects = [
        (n, *_read_object(words, f"{file}, line {line}"))
        for n, file in enumerate(files)
        for line, words in read_lines(file)
    ]
    classes = sorted({name for _, name, _, _ in objects})
    rows = [TruthRow(n, classes.index(name), box, is_difficult=hard) for n, name, box, hard in objects]
    return build_truth([file.stem for file in files], classes, rows, source=source)


def read_class_txt_detections(files: Sequence[Path], truth: Truth) -> Detections:
    """Read detections, lines of `class confidence left top right bottom`.

    Classes that the ground truth lacks are named in a warning and not scored, as Cartucho's mAP does.

    Raises:
        SliceError: For a bad line, with its number; an image that is not in the ground truth.
    """
    images, labels = truth.image_index, {name: n for n, name in enumerate(truth.classes)}
    rows, unknown = [], set()
    for file in files:
        if file.stem not in images:
            raise SliceError(f"{file}: image {shown(file.stem)} is not in {truth.source}")
        for line, words in read_lines(file):
            place = f"{file}, line {line}"
            if len(words) < 6:
                raise SliceError(f"{place}: {len(words)} words instead of 6: class confidence left top right bottom")
            name, score = " ".join(words[:-5]), read_number(words[-5], "confidence", place)
            row = DetectionRow(images[file.stem], labels.get(name, -1), voc_box(words[-4:], place), score)
            rows += [row] if name in labels else []
            unknown |= {name} - labels.keys()
    if unknown:
        log.warn(f"not scored, because {truth.source} has no object of it: {', '.join(sorted(unknown))}")
    return build_detections(rows)


def _read_object(words: list[str], place: str) -> tuple[str, Corners, bool]:
    is_difficult = words[-1] == "difficult"
    words = words[:-1] if is_difficult else words
    if len(words) < 5:
        raise SliceError(f"{place}: {len(words)} words instead of 5: class left top right bottom")
    return " ".join(words[:-4]), voc_box(words[-4:], place), is_difficult
