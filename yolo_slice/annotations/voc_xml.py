"""A PASCAL VOC annotation file <-> objects in an image; a finding for everything that cannot be used."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from yolo_slice.annotations.box import SIDES, WH, Box, Corners, read_box
from yolo_slice.annotations.findings import Finding
from yolo_slice.annotations.limits import LARGEST_FILE, refuse_many
from yolo_slice.annotations.record import Item, Record
from yolo_slice.annotations.values import read_name, read_number, read_wh
from yolo_slice.errors import SliceError
from yolo_slice.foreign_files import refuse_unreadable

_WORDS = {"": 0.0, "unspecified": 0.0, "false": 0.0, "true": 1.0}  # what some tools write for a flag
_IN_OBJECT = {"name", "bndbox", "difficult", "truncated", "occluded", "pose"}
_IN_FILE = {"filename", "size", "object"}
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
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


def root_tag(file: Path) -> str:
    """Return the name of an XML file's root element, without reading further; "" if it has none."""
    try:
        refuse_unreadable(file)
        with file.open("rb") as stream:
            return next((element.tag for _, element in ElementTree.iterparse(stream, ["start"])), "")
    except (ElementTree.ParseError, LookupError, ValueError, OSError):
        return ""


def is_annotation(file: Path) -> bool:
    """Tell whether a file can be an annotation: an XML file, and not one with another root element."""
    return file.suffix.lower() == ".xml" and root_tag(file) in ("annotation", "")


def read_annotation(file: Path) -> tuple[Annotation | None, list[Finding]]:
    """Read an annotation file; None if the file as a whole is of no use.

    Only direct children count: VOC2012's persons hold parts (head, hand, foot) with names and boxes of their own.
    """
    try:
        refuse_unreadable(file, LARGEST_FILE)
        root = ElementTree.parse(file).getroot()
        refuse_many(file, len(root.findall("object")))
    except SliceError as fault:
        return None, [_fault(file, str(fault).removeprefix(f"{file} "))]
    except (ElementTree.ParseError, LookupError, ValueError, OSError) as fault:
        return None, [_fault(file, f"cannot be read as XML ({fault})")]
    if root.tag != "annotation":
        return None, [_fault(file, f"the root element is <{root.tag}>, not <annotation>")]
    try:
        items, findings = _read_objects(file, root)
        wh, fault = read_wh(root.findtext("size/width"), root.findtext("size/height"))
        annotation = Annotation(_text(root, "filename"), wh, tuple(items), _extra(root, _IN_FILE))
    except RecursionError:
        return None, [_fault(file, "elements are nested too deep")]
    if fault:
        findings.append(Finding("size-mismatch", file, fault, action="the image's size is used"))
    return annotation, findings


def _fault(file: Path, message: str) -> Finding:
    return Finding("unreadable-annotation", file, message, action="image left out")


def _read_objects(file: Path, root: Element) -> tuple[list[Item], list[Finding]]:
    items, findings = [], []
    for place, element in enumerate(root.findall("object"), 1):
        try:
            items.append(item := _read_object(place, element))
            if element.find("bndbox") is None:
                message, action = "no bndbox", "the box around its polygon is taken"
                findings.append(Finding("polygon", file, message, place, item.name, action=action))
        except SliceError as fault:
            called = _text(element, "name")
            findings.append(Finding("bad-object", file, str(fault), place, called, action="left out"))
    return items, findings


def _read_object(place: int, element: Element) -> Item:
    return Item(
        place,
        read_name(_required(element, "name", "class name"), "name"),
        read_box("voc", _read_corners(element)),
        is_difficult=_read_flag(element, "difficult") == 1,  # exactly 1, as Ultralytics reads it
        is_truncated=_read_flag(element, "truncated") > 0,
        is_occluded=_read_flag(element, "occluded") > 0,
        pose=_text(element, "pose") or "Unspecified",
        extra=_extra(element, _IN_OBJECT),
    )


def _read_corners(element: Element) -> list[Any]:
    """Read the corners of the bndbox, else of the upright box around the polygon."""
    box, polygon = element.find("bndbox"), element.find("polygon")
    if box is not None:
        return [_required(box, side, side) for side in SIDES]
    if polygon is None:
        raise SliceError("no bndbox")
    leaves = [leaf for leaf in polygon.iter() if re.fullmatch(r"[xy]\d*", leaf.tag)]
    xs, ys = (
        [read_number((leaf.text or "").strip(), leaf.tag) for leaf in leaves if leaf.tag[0] == axis] for axis in "xy"
    )
    if len(xs) < 3 or len(xs) != len(ys):
        raise SliceError(f"no bndbox, and a polygon of {len(xs)} x and {len(ys)} y")
    return [min(xs), min(ys), max(xs), max(ys)]


def _read_flag(parent: Element, tag: str) -> float:
    text = _text(parent, tag)
    word = _WORDS.get(text.casefold())
    return read_number(text, tag) if word is None else word


def _extra(parent: Element, known: set[str]) -> dict[str, str]:
    """Keep the other elements as they are, such as the parts of a person or the source of an image."""
    rest = [child for child in parent if child.tag not in known]
    for part in (part for child in rest for part in child.iter()):
        part.tail = None
        part.text = (part.text or "").strip() or None
    text = "".join(ElementTree.tostring(child, encoding="unicode") for child in rest)
    return {XML: text} if text else {}


def _required(parent: Element, tag: str, what: str) -> str:
    text = _text(parent, tag)
    if not text:
        raise SliceError(f"no {what}")
    return text


def _text(parent: Element, tag: str) -> str:
    return (parent.findtext(tag) or "").strip()


def annotation_xml(record: Record, file_name: str) -> str:
    """Write an image's XML; a crowd becomes a difficult object, which VOC's rules do not score either."""
    root = Element("annotation")
    _add(root, filename=file_name)
    _add_raw(root, record.extra.get(XML))
    _add(SubElement(root, "size"), width=record.wh[0], height=record.wh[1], depth=3)
    for item in record.items:
        _add_object(root, item, record.wh)
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode") + "\n"


def voc_corners(box: Box, wh: WH) -> Corners:
    """Return the corners for a VOC file, whose pixels end at w and h.

    A box at the right or lower border loses up to the one pixel by which VOC's count is shifted; a box that would
    vanish keeps it.

    Example:
        >>> voc_corners(Box("coco", (0, 0, 100, 50)), (100, 50))
        (1, 1, 100, 50)
    """
    clipped = box.clip(wh)
    xmin, ymin, xmax, ymax = clipped.as_voc(wh)
    if clipped.convention == "voc":
        return clipped.numbers
    xmax = wh[0] if xmin < wh[0] < xmax else xmax
    ymax = wh[1] if ymin < wh[1] < ymax else ymax
    return max(xmin, 1), max(ymin, 1), xmax, ymax


def _add_object(root: Element, item: Item, wh: WH) -> None:
    element = SubElement(root, "object")
    _add(element, name=item.name, pose=item.pose, truncated=int(item.is_truncated))
    if item.is_occluded:
        _add(element, occluded=1)
    _add(element, difficult=int(item.is_set_aside))
    corners = (f"{corner:.12g}" for corner in voc_corners(item.box, wh))
    _add(SubElement(element, "bndbox"), **dict(zip(SIDES, corners, strict=True)))
    _add_raw(element, item.extra.get(XML))


def _add_raw(element: Element, text: object) -> None:
    """Put elements back that the reader kept as text; another format's file may hold anything under that key."""
    try:
        element.extend(ElementTree.fromstring(f"<extra>{text}</extra>") if isinstance(text, str) else [])
    except (ElementTree.ParseError, ValueError):  # a surrogate
        SubElement(element, XML).text = _printable(str(text))


def _add(parent: Element, **children: object) -> None:
    for tag, value in children.items():
        SubElement(parent, tag).text = _printable(str(value))


def _printable(text: str) -> str:
    """Leave out what XML cannot hold at all: control characters and surrogates."""
    return _NO_XML.sub("", text)
