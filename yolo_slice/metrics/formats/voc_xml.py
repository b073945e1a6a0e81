"""PASCAL VOC XML, as ground truth: a folder of annotations, or a devkit's VOC2007 or VOC2012."""

import math
from pathlib import Path
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from yolo_slice.annotations.box import Corners as Box
from yolo_slice.annotations.values import read_lines, read_name, read_number
from yolo_slice.errors import SliceError
from yolo_slice.metrics.formats.boxes import voc_box
from yolo_slice.metrics.truth import Truth, TruthRow, build_truth

SIDES = ("xmin", "ymin", "xmax", "ymax")
WORDS = {"": 0.0, "unspecified": 0.0, "false": 0.0, "true": 1.0}  # what some tools write for a flag


def read_voc_folder(root: Path, split: str | None) -> Truth:
    """Read annotations; images are named by their annotation's file name without suffix.

    Args:
        root: Folder with XML files, or with Annotations/ and ImageSets/Main/.
        split: Read the images of ImageSets/Main/<split>.txt; None: every annotation.

    Raises:
        SliceError: For a file that is no VOC annotation, with file and object; for a listed image without annotation.
    """
    folder = root / "Annotations" if (root / "Annotations").is_dir() else root
    files = sorted(folder.glob("*.xml"))
    if split is not None:
        listed = root / "ImageSets" / "Main" / f"{split}.txt"
        files = [folder / f"{words[0]}.xml" for _, words in read_lines(listed)]
    if not files:
        raise SliceError(f"{root}: no annotation (*.xml){f' in split {split}' if split else ''}")
    annotations = [read_voc_xml(file) for file in files]
    classes = sorted({name_ for _, objects in annotations for name_, _, _ in objects})
    labels = {name_: n for n, name_ in enumerate(classes)}
    rows = [
        TruthRow(image, labels[name_], box, is_difficult=is_difficult)
        for image, (_, objects) in enumerate(annotations)
        for name_, box, is_difficult in objects
    ]
    return build_truth([file.stem for file in files], classes, rows, [wh for wh, _ in annotations], source=str(root))


def read_voc_xml(file: Path) -> tuple[tuple[float, float], list[tuple[str, Box, bool]]]:
    """Read one annotation file: its image's size (nan if not given); name, box and difficult of its objects.

    Raises:
        SliceError: For anything missing or wrong, with file and object.
    """
    try:
        root = ElementTree.parse(file).getroot()
    except (ElementTree.ParseError, LookupError, ValueError, OSError) as fault:
        raise SliceError(f"{file} cannot be read as XML ({fault})") from None
    objects = [_read_object(element, f"{file}, object {n}") for n, element in enumerate(root.findall("object"), 1)]
    return _read_wh(root, str(file)), objects


def _read_object(element: Element, place: str) -> tuple[str, Box, bool]:
    box = element.find("bndbox")
    if box is None:
        raise SliceError(f"{place} has no bndbox")
    flag = _text(element, "difficult")
    word = WORDS.get(flag.casefold())
    return (
        read_name(_text(element, "name"), "name", place),
        voc_box([_text(box, side) for side in SIDES], place),
        (read_number(flag, "difficult", place) if word is None else word) == 1,
    )


def _read_wh(root: Element, place: str) -> tuple[float, float]:
    size = root.find("size")
    if size is None:
        return math.nan, math.nan
    return read_number(_text(size, "width"), "width", place), read_number(_text(size, "height"), "height", place)


def _text(parent: Element, tag: str) -> str:
    return (parent.findtext(tag) or "").strip()
