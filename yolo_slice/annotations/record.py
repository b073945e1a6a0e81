"""One annotated image, as every format is read into and written from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from yolo_slice.annotations.box import WH, Box
from yolo_slice.annotations.findings import Finding


@dataclass(frozen=True, slots=True)
class Item:
    """One annotated object.

    Attributes:
        number: Its place in the file: see Finding.unit.
        name: Class name.
        box: The box, in the numbers of the file.
        unit: What `number` counts.
        is_difficult: Marked as not to be scored.
        is_truncated: Cut off by the image's border.
        is_occluded: Partly hidden.
        is_crowd: A group of objects, marked as COCO's iscrowd.
        pose: View of the object, "Unspecified" if not given.
        area: Area in square pixels as COCO gives it (that of the mask); None if it is not known.
        segmentation: Polygons or run lengths as COCO has them; None if there are none.
        annotation_id: COCO's id of the annotation.
        extra: What else the file says, to be written again by the format that it is from.
    """

    number: int
    name: str
    box: Box
    unit: str = "object"
    is_difficult: bool = False
    is_truncated: bool = False
    is_occluded: bool = False
    is_crowd: bool = False
    pose: str = "Unspecified"
    area: float | None = None
    segmentation: Any = None
    annotation_id: int | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_set_aside(self) -> bool:
        """Whether a YOLO label has no place for it: difficult and crowd objects stay out, as in VOC.yaml."""
        return self.is_difficult or self.is_crowd


@dataclass(frozen=True, slots=True)
class Record:
    """An image and its objects.

    Attributes:
        file: The annotation.
        id: Path of the image below its split, without suffix, parts separated by "/".
        suffix: The image's suffix, with the dot.
        image: The image; None if it was not found.
        said_wh: Width and height as the annotation has them; None if it does not say.
        items: The objects, in the order of the file.
        image_id: COCO's id of the image.
        extra: What else the file says of the image.
        wh: True width and height, as Ultralytics sees the image; (0, 0) until `examine` has looked.
        image_fault: Why the image was not found, if the reader can say more than that.
    """

    file: Path
    id: str
    suffix: str
    image: Path | None
    said_wh: WH | None
    items: tuple[Item, ...]
    image_id: int | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)
    wh: tuple[int, int] = (0, 0)
    image_fault: str = ""

    @property
    def file_name(self) -> str:
        """Path of the image below its split; the annotation's stem and the image's suffix, so that all agree."""
        return self.id + self.suffix


@dataclass(frozen=True, slots=True)
class Reading:
    """What came of reading one annotation.

    Attributes:
        record: None if nothing can be learnt from it.
        findings: What is wrong with the annotation itself.
        files: The files that it is about, where the record does not say so.
    """

    record: Record | None
    findings: tuple[Finding, ...] = ()
    files: tuple[Path, ...] = ()
