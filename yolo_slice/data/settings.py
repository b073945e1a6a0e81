"""The settings of converting and of checking data sets."""

from dataclasses import dataclass, field
from pathlib import Path

from yolo_slice.data.formats import FORMATS, WRITABLE
from yolo_slice.data.image_transfer import Images
from yolo_slice.foreign_files import read_text


@dataclass(frozen=True, slots=True, kw_only=True)
class ConvertDataSettings:
    """Convert VOC XML, COCO JSON and YOLO labels into each other.

    Attributes:
        source: VOC folder or devkit, COCO JSON or its folder, data YAML or its folder; it is only read.
        out: New or empty folder; default: SOURCE-TO beside SOURCE.
        to: Format to write.
        images: What becomes of the images; with link Ultralytics may repair damaged JPEG files in SOURCE itself.
        strict: Write nothing and exit with 1 if SOURCE has an error, or if anything would be left out or changed.
        names: The classes, in this order: names with commas between them, or a file with one a line; default: those of
            SOURCE.
        format: Format of SOURCE, if its files do not tell.
        keep_parents: Keep categories that no object has and that are only the supercategory of others.
    """

    source: Path
    out: Path | None = None
    to: str = field(metadata={"choices": WRITABLE})
    images: Images = "copy"
    strict: bool = False
    names: str | None = None
    format: str | None = field(default=None, metadata={"choices": tuple(FORMATS)})
    keep_parents: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckDataSettings:
    """Find everything that is wrong with a data set.

    Attributes:
        data: VOC folder or devkit, COCO JSON or its folder, data YAML or its folder; it is only read.
        json: File for the whole report as JSON.
        html: File for a page with example pictures.
        imgsz: Size in pixels at which the model will be trained, for the sizes of objects.
        names: The only class names that are right: with commas between them, or a file with one a line; default: those
            of the data set.
        format: Format of the data set, if its files do not tell.
    """

    data: Path
    json: Path | None = None
    html: Path | None = None
    imgsz: int = 640
    names: str | None = None
    format: str | None = field(default=None, metadata={"choices": tuple(FORMATS)})


def read_names(text: str | None) -> list[str] | None:
    """Read class names: from a file with one a line if the text names one, else with commas between them."""
    if text is None:
        return None
    file = Path(text)
    parts = read_text(file, "replace").splitlines() if file.is_file() else text.split(",")
    return [part.strip() for part in parts if part.strip()]
