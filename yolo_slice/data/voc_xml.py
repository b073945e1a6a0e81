"""Reads one PASCAL VOC annotation file: what it says, and a finding for everything that cannot be used."""

import math
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from yolo_slice.data.finding import Finding
from yolo_slice.errors import SliceError

SIDES = ("xmin", "ymin", "xmax", "ymax")
_WORDS = {"": 0.0, "unspecified": 0.0, "false": 0.0, "true": 1.0}  # what some tools write for a flag

Corners = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class VocObject:
    """One annotated object.

    Attributes:
        number: Position among the objects of the file, from 1.
        name: Class name.
        xyxy: Corners in pixels as in the file; VOC counts from 1 and includes both corners.
        is_difficult: Marked as not to be scored; exactly the value 1, as the host reads it.
        is_truncated: Cut off by the image's border or hidden.
        pose: View of the object, "Unspecified" if not given.
    """

    number: int
    name: str
    xyxy: Corners
    is_difficult: bool
    is_truncated: bool
    pose: str


@dataclass(frozen=True, slots=True)
class Annotation:
    """What one file says of its image.

    Attributes:
        filename: The image's name as the file has it; often wrong.
        wh: Width and height in pixels as the file has them, None if missing or not numbers.
        objects: The readable objects, in the order of the file.
    """

    filename: str
    wh: tuple[float, float] | None
    objects: tuple[VocObject, ...]


def read_annotation(file: Path) -> tuple[Annotation | None, list[Finding]]:
    """Read an annotation file; None if the file as a whole is of no use.

    Only direct children count: VOC2012's persons hold parts (head, hand, foot) with names and boxes of their own.
    """
    try:
        root = ElementTree.parse(file).getroot()
    except (ElementTree.ParseError, LookupError, ValueError, OSError) as fault:
        return None, [Finding(file, None, f"cannot be read as XML ({fault}); image left out")]
    if root.tag != "annotation":
        return None, [Finding(file, None, f"the root element is <{root.tag}>, not <annotation>; image left out")]
    objects, findings = _read_objects(file, root)
    return Annotation(
        _text(root, "filename"),
        _read_wh(root),
        tuple(objects),
    ), findings


def _read_objects(file: Path, root: Element) -> tuple[list[VocObject], list[Finding]]:
    objects, findings = [], []
    for number, element in enumerate(root.findall("object"), 1):
        try:
            objects.append(_read_object(number, element))
        except SliceError as fault:
            findings.append(Finding(file, number, f"{fault}; left out", _text(element, "name")))
    return objects, findings


def _read_object(number: int, element: Element) -> VocObject:
    name = _text(element, "name")
    if not name:
        raise SliceError("no class name")
    is_difficult = _read_flag(element, "difficult") == 1
    is_truncated = _read_flag(element, "truncated") > 0
    return VocObject(
        number, name, _read_xyxy(element), is_difficult, is_truncated, _text(element, "pose") or "Unspecified"
    )


def _read_xyxy(element: Element) -> Corners:
    box = element.find("bndbox")
    if box is None:
        raise SliceError("no bndbox")
    xmin, ymin, xmax, ymax = (_read_number(box, side) for side in SIDES)
    return xmin, ymin, xmax, ymax


def _read_number(parent: Element, tag: str) -> float:
    text = _text(parent, tag)
    if not text:
        raise SliceError(f"no {tag}")
    try:
        value = float(text)
    except ValueError:
        raise SliceError(f"{tag} is {text!r}, not a number") from None
    if not math.isfinite(value):
        raise SliceError(f"{tag} is {text!r}, not a finite number")
    return value


def _read_flag(parent: Element, tag: str) -> float:
    word = _WORDS.get(_text(parent, tag).casefold())
    return _read_number(parent, tag) if word is None else word


def _read_wh(root: Element) -> tuple[float, float] | None:
    size = root.find("size")
    if size is None:
        return None
    try:
        return _read_number(size, "width"), _read_number(size, "height")
    except SliceError:
        return None


def _text(parent: Element, tag: str) -> str:
    return (parent.findtext(tag) or "").strip()
