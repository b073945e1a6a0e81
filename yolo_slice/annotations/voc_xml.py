"""Reads one PASCAL VOC annotation file: what it says, and a finding for everything that cannot be used."""

import math
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from yolo_slice.annotations.box import SIDES, WH, Box, Corners
from yolo_slice.annotations.findings import Finding
from yolo_slice.annotations.record import Item
from yolo_slice.errors import SliceError

_WORDS = {"": 0.0, "unspecified": 0.0, "false": 0.0, "true": 1.0}  # what some tools write for a flag
_IN_OBJECT = {"name", "bndbox", "difficult", "truncated", "occluded", "pose"}
_IN_FILE = {"filename", "size", "object"}
XML = "xml"  # key of `extra` for the elements that have no field of their own


@dataclass(frozen=True, slots=True)
class Annotation:
    """What one file says of its image.

    Attributes:
        filename: The image's name as the file has it; often wrong.
        wh: Width and height in pixels as the file has them, None if missing or not numbers.
        items: The readable objects, in the order of the file.
        extra: The other elements of the file, as XML.
    """

    filename: str
    wh: WH | None
    items: tuple[Item, ...]
    extra: dict[str, str]


def read_annotation(file: Path) -> tuple[Annotation | None, list[Finding]]:
    """Read an annotation file; None if the file as a whole is of no use.

    Only direct children count: VOC2012's persons hold parts (head, hand, foot) with names and boxes of their own.
    """
    try:
        root = ElementTree.parse(file).getroot()
    except (ElementTree.ParseError, LookupError, ValueError, OSError) as fault:
        return None, [_fault(file, f"cannot be read as XML ({fault})")]
    if root.tag != "annotation":
        return None, [_fault(file, f"the root element is <{root.tag}>, not <annotation>")]
    try:
        items, findings = _read_objects(file, root)
        annotation = Annotation(_text(root, "filename"), _read_wh(root), tuple(items), _extra(root, _IN_FILE))
    except RecursionError:
        return None, [_fault(file, "elements are nested too deep")]
    if annotation.wh is None:
        findings.append(Finding("size-mismatch", file, "gives no size", action="the image's size is used"))
    return annotation, findings


def _fault(file: Path, message: str) -> Finding:
    return Finding("unreadable-annotation", file, message, action="image left out")


def _read_objects(file: Path, root: Element) -> tuple[list[Item], list[Finding]]:
    items, findings = [], []
    for number, element in enumerate(root.findall("object"), 1):
        try:
            items.append(_read_object(number, element))
        except SliceError as fault:
            name = _text(element, "name")
            findings.append(Finding("bad-object", file, str(fault), number, name, action="left out"))
    return items, findings


def _read_object(number: int, element: Element) -> Item:
    name = _text(element, "name")
    if not name:
        raise SliceError("no class name")
    return Item(
        number,
        name,
        Box("voc", _read_corners(element)),
        is_difficult=_read_flag(element, "difficult") == 1,  # exactly 1, as the host reads it
        is_truncated=_read_flag(element, "truncated") > 0,
        is_occluded=_read_flag(element, "occluded") > 0,
        pose=_text(element, "pose") or "Unspecified",
        extra=_extra(element, _IN_OBJECT),
    )


def _read_corners(element: Element) -> Corners:
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


def _read_wh(root: Element) -> WH | None:
    size = root.find("size")
    if size is None:
        return None
    try:
        return _read_number(size, "width"), _read_number(size, "height")
    except SliceError:
        return None


def _extra(parent: Element, known: set[str]) -> dict[str, str]:
    """Keep the other elements as they are, such as the parts of a person or the source of an image."""
    rest = [child for child in parent if child.tag not in known]
    for part in (part for child in rest for part in child.iter()):
        part.tail = None
        part.text = (part.text or "").strip() or None
    text = "".join(ElementTree.tostring(child, encoding="unicode") for child in rest)
    return {XML: text} if text else {}


def _text(parent: Element, tag: str) -> str:
    return (parent.findtext(tag) or "").strip()
