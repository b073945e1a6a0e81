"""CVAT for images 1.1: one XML file with all images; boxes in pixels from 0.

What has corners but is no upright box (a polygon, a mask, an ellipse, a rotated box) gives the upright box around it.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from yolo_slice.annotations.box import read_box
from yolo_slice.annotations.category import Category
from yolo_slice.annotations.findings import Finding
from yolo_slice.annotations.image_finder import ImageFinder
from yolo_slice.annotations.record import Item, Reading, Record
from yolo_slice.annotations.result_names import safe_id
from yolo_slice.annotations.split_names import split_use
from yolo_slice.annotations.values import read_name, read_number, read_wh
from yolo_slice.annotations.voc_xml import root_tag
from yolo_slice.data.dataset import USES, Dataset
from yolo_slice.data.format import Format
from yolo_slice.errors import SliceError

ROOT = "annotations"
NO_OBJECT = {"tag"}  # a label of the whole image
TRUE = ("1", "true", "True")


@dataclass(frozen=True, slots=True)
class CvatSplit:
    """The images of one subset.

    Attributes:
        name: The subset's name, or "train".
        file: The XML file.
        images: Their elements.
        finder: Finds their files.
    """

    name: str
    file: Path
    images: tuple[Element, ...]
    finder: ImageFinder

    def __len__(self) -> int:
        return len(self.images)

    def read(self) -> Iterator[Reading]:
        """Read the images in the order of the file."""
        ids: set[str] = set()
        for image in self.images:
            name = image.get("name", "")
            id = safe_id(name)
            if id in ids:
                message = f"image {name!r} is there twice"
                yield Reading(None, (Finding("duplicate-id", self.file, message, action="left out"),))
            else:
                ids.add(id)
                yield self._read_image(image, id, name)

    def _read_image(self, image: Element, id: str, name: str) -> Reading:
        items, findings = list[Item](), list[Finding]()
        for number, element in enumerate((child for child in image if child.tag not in NO_OBJECT), 1):
            unit = f"image {name!r}, {element.tag}"
            try:
                items.append(item := read_item(number, unit, element))
            except SliceError as fault:
                findings.append(
                    Finding("bad-object", self.file, str(fault), number, element.get("label", ""), unit, "left out")
                )
            else:
                if element.tag != "box" or element.get("rotation"):
                    message, action = "no upright box", "the one around it is taken"
                    findings.append(Finding("polygon", self.file, message, number, item.name, unit, action))
        found = self.finder.find(name)
        fault = f"more than one image is called {name}" if len(found) > 1 else f"no image {name}"
        file = found[0] if len(found) == 1 else None
        suffix = PurePosixPath(name).suffix or (file.suffix if file else "")
        wh, no_size = read_wh(image.get("width"), image.get("height"))
        if no_size:
            message, action = f"image {name!r}: {no_size}", "the image's size is used"
            findings.append(Finding("size-mismatch", self.file, message, action=action))
        record = Record(self.file, id, suffix, file, wh, tuple(items), image_fault=fault)
        return Reading(record, tuple(findings))


def read_item(number: int, unit: str, element: Element) -> Item:
    """Read an object.

    Raises:
        SliceError: If it has no box, is not visible, or its numbers cannot be used.
    """
    if element.get("outside") in TRUE:
        raise SliceError("outside: it is not in the image")
    x1, y1, x2, y2 = _around(element)
    attributes = {child.get("name", ""): child.text or "" for child in element.iter("attribute")}
    is_difficult, is_truncated = (attributes.pop(name, "") in TRUE for name in ("difficult", "truncated"))
    polygon = [x for point in _read_points(element) for x in point] if element.tag == "polygon" else None
    return Item(
        number,
        read_name(element.get("label"), "label"),
        read_box("coco", [x1, y1, x2 - x1, y2 - y1]),
        unit,
        is_difficult,
        is_truncated,
        is_occluded=element.get("occluded") in TRUE,
        segmentation=[polygon] if polygon else None,
        extra={"attributes": attributes} if attributes else {},
    )


def _around(element: Element) -> tuple[float, float, float, float]:
    """Return the corners of the upright box around an object."""
    if element.tag == "box":
        xs, ys = _numbers(element, "xtl", "xbr"), _numbers(element, "ytl", "ybr")
        return _turn(element, (xs[0] + xs[1]) / 2, (ys[0] + ys[1]) / 2, (xs[1] - xs[0]) / 2, (ys[1] - ys[0]) / 2)
    if element.tag == "ellipse":
        cx, cy, rx, ry = _numbers(element, "cx", "cy", "rx", "ry")
        angle = math.radians(_rotation(element))
        half_w, half_h = (
            math.hypot(rx * f(angle), ry * g(angle)) for f, g in ((math.cos, math.sin), (math.sin, math.cos))
        )
        return cx - half_w, cy - half_h, cx + half_w, cy + half_h
    if element.tag == "mask":
        left, top, width, height = _numbers(element, "left", "top", "width", "height")
        return left, top, left + width, top + height
    if element.tag != "polygon":
        raise SliceError(f"a {element.tag} has no box")
    xs, ys = zip(*_read_points(element), strict=True)
    return min(xs), min(ys), max(xs), max(ys)


def _turn(element: Element, cx: float, cy: float, half_w: float, half_h: float) -> tuple[float, float, float, float]:
    """Return the corners of a box that is turned around its centre, clockwise in degrees."""
    angle = math.radians(_rotation(element))
    if angle:
        cos, sin = abs(math.cos(angle)), abs(math.sin(angle))
        half_w, half_h = half_w * cos + half_h * sin, half_w * sin + half_h * cos
    return cx - half_w, cy - half_h, cx + half_w, cy + half_h


def _rotation(element: Element) -> float:
    return read_number(element.get("rotation", "0"), "rotation")


def _numbers(element: Element, *names: str) -> list[float]:
    return [read_number(element.get(name), name) for name in names]


def _read_points(element: Element) -> list[tuple[float, float]]:
    points = [point.split(",") for point in element.get("points", "").split(";") if point.strip()]
    if len(points) < 3 or any(len(point) != 2 for point in points):
        raise SliceError(f"points is {element.get('points', '')[:60]!r}, not x,y;x,y;x,y ...")
    return [(read_number(x, "x"), read_number(y, "y")) for x, y in points]


def find_file(root: Path) -> list[Path]:
    """Find the XML files of CVAT: the file itself, or those of a folder."""
    files = [root] if root.is_file() else sorted(root.glob("*.xml"))
    return [file for file in files if is_cvat(file)]


def is_cvat(file: Path) -> bool:
    """Tell whether this is an XML file of CVAT."""
    return file.suffix.lower() == ".xml" and root_tag(file) == ROOT


def open_cvat(root: Path, names: Sequence[str] | None = None) -> Dataset | None:
    """Open a CVAT XML, or the folder of one; its subsets are the splits.

    Raises:
        SliceError: If there are two files, or the one cannot be read or has no images.
    """
    files = find_file(root)
    if not files:
        return None
    if len(files) > 1:
        raise SliceError(f"{root} has {len(files)} CVAT files ({', '.join(file.name for file in files)}); name the one")
    file = files[0]
    try:
        tree = ElementTree.parse(file).getroot()
    except (ElementTree.ParseError, LookupError, ValueError) as fault:
        raise SliceError(f"{file}: cannot be read as XML ({fault})") from fault
    images, tracks = tree.findall("image"), tree.findall("track")
    if not images:
        what = "tracks of a video: export it as CVAT for images" if tracks else "no <image>"
        raise SliceError(f"{file}: <{ROOT}> is CVAT's, but has {what}")
    finder = ImageFinder((file.parent,))
    splits = [CvatSplit(name, file, found, finder) for name, found in _group(images).items()]
    uses = {use: tuple(split for split in splits if _use_of(split.name) == use) for use in USES}
    counts = ", ".join(f"{split.name} {len(split)} for {_use_of(split.name)}" for split in splits)
    findings = [
        Finding(
            "bad-object", file, "a track of a video has no image", number, track.get("label", ""), "track", "left out"
        )
        for number, track in enumerate(tracks, 1)
    ]
    return Dataset(root, FORMAT.name, uses, _read_labels(tree), (f"splits: {counts}",), tuple(findings), files=(file,))


def _group(images: Sequence[Element]) -> Mapping[str, tuple[Element, ...]]:
    groups: dict[str, list[Element]] = {}
    for image in images:
        groups.setdefault(image.get("subset") or "train", []).append(image)
    return {name: tuple(found) for name, found in groups.items()}


def _use_of(subset: str) -> str:
    use = split_use(subset) or split_use(subset.rpartition(".")[2])  # v1.val
    return use if use in USES else "train"


def _read_labels(tree: Element) -> tuple[Category, ...] | None:
    """Read the names of the labels; None if the file does not have them."""
    names = [(label.findtext("name") or "").strip() for label in tree.findall("./meta//labels/label")]
    used = {element.get("label") for image in tree.iter("image") for element in image if element.tag not in NO_OBJECT}
    types = {label.findtext("name"): label.findtext("type") for label in tree.findall("./meta//labels/label")}
    kept = [name for name in dict.fromkeys(names) if name and (types.get(name) != "tag" or name in used)]
    return tuple(map(Category, kept)) if kept and {name for name in used if name} <= {*kept} else None


FORMAT = Format(
    "cvat", "an XML file with the root element <annotations>", lambda root: bool(find_file(root)), open_cvat, is_cvat
)
