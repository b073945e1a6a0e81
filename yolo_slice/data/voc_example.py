"""One annotated image: the annotation checked against the image that it is about."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from yolo_slice.data.finding import Finding
from yolo_slice.data.voc_boxes import find_box_fault
from yolo_slice.data.voc_folder import VocFolder
from yolo_slice.data.voc_xml import Annotation, VocObject, read_annotation
from yolo_slice.errors import SliceError
from yolo_slice.host.stock_files import read_image_wh


@dataclass(frozen=True, slots=True)
class Example:
    """An image and its usable objects.

    Attributes:
        stem: The image's id.
        image: The image file.
        wh: The image's true width and height in pixels, as the host sees it.
        objects: Objects with a usable box, difficult ones too.
    """

    stem: str
    image: Path
    wh: tuple[int, int]
    objects: tuple[VocObject, ...]

    @property
    def file_name(self) -> str:
        """Name of the image's copy: the annotation's stem, so that image, label and id agree; the suffix stays."""
        return self.stem + self.image.suffix


def read_example(
    folder: VocFolder, stem: str, classes: Collection[str] | None = None
) -> tuple[Example | None, list[Finding]]:
    """Read one image's annotation and header; None if nothing can be learnt from it.

    Args:
        folder: Where both are.
        stem: The annotation's stem.
        classes: The known class names; objects of others are left out. None if every name is welcome.
    """
    file = folder.annotations[stem][0]
    annotation, findings = read_annotation(file)
    if annotation is None:
        return None, findings
    try:
        image = folder.find_image(stem, annotation.filename)
        wh = _read_wh(image)
    except SliceError as fault:
        return None, [*findings, Finding(file, None, f"{fault}; image left out")]
    findings += _compare_sizes(file, annotation, wh)
    objects = []
    for item in annotation.objects:
        fault, is_usable = _find_fault(item, wh, classes)
        findings += [Finding(file, item.number, fault, item.name)] if fault else []
        objects += [item] if is_usable else []
    return Example(stem, image, wh, tuple(objects)), sorted(findings, key=lambda finding: finding.box or 0)


def _read_wh(image: Path) -> tuple[int, int]:
    try:
        return read_image_wh(image)
    except Exception as fault:  # Pillow raises OSError, ValueError, SyntaxError, struct.error ... on broken files
        raise SliceError(f"{image.name} cannot be read as an image ({fault})") from fault


def _compare_sizes(file: Path, annotation: Annotation, wh: tuple[int, int]) -> list[Finding]:
    if annotation.wh == wh:
        return []
    said = "no size" if annotation.wh is None else f"the size {annotation.wh[0]:g}x{annotation.wh[1]:g}"
    return [Finding(file, None, f"gives {said}, but the image has {wh[0]}x{wh[1]}; the image's size is used")]


def _find_fault(item: VocObject, wh: tuple[int, int], classes: Collection[str] | None) -> tuple[str, bool]:
    if classes is not None and item.name not in classes:
        return f"class {item.name!r} is not among the data set's {len(classes)} names; left out", False
    return find_box_fault(item.xyxy, wh)
