"""The kinds of faults that a data set can have: how bad, and what to do about it."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of fault.

    Attributes:
        severity: "error" where training or measuring goes wrong, "warning" where somebody should look.
        title: The fault, in the plural.
        advice: What to do.
    """

    severity: Literal["error", "warning"]
    title: str
    advice: str


KINDS: dict[str, Kind] = {
    "unreadable-image": Kind(
        "error", "images that cannot be decoded to the end", "replace the file, or remove it with its annotation"
    ),
    "unreadable-annotation": Kind(
        "error", "annotation files that cannot be read", "mend the file at the place named, or export it again"
    ),
    "unreadable-folder": Kind(
        "error",
        "folders that cannot be looked into",
        "give the user who runs this the right to read them",
    ),
    "missing-image": Kind("error", "annotations without an image", "add the image, or remove the annotation"),
    "missing-annotation": Kind(
        "error", "listed images without an annotation", "add the annotation, or take the image off the list"
    ),
    "size-mismatch": Kind(
        "error",
        "annotations for another size than the image has",
        "the image was resized or turned after it was annotated: scale the boxes, or bring the old image back",
    ),
    "degenerate-box": Kind("error", "boxes without area", "draw the box anew, or remove the object"),
    "outside-box": Kind("error", "boxes that lie outside their image", "draw the box anew, or remove the object"),
    "bad-object": Kind("error", "objects that cannot be understood", "mend the object at the place named"),
    "unknown-class": Kind(
        "error", "objects of a class that is not among the names", "correct the class, or add it to the names"
    ),
    "duplicate-id": Kind("error", "ids that are given twice", "give every image and every annotation its own id"),
    "leakage": Kind(
        "error",
        "images that are in two splits",
        "keep each in one split only: a score measured on images that were trained on means nothing",
    ),
    "tiny-image": Kind("error", "images below 10 px, which Ultralytics leaves out", "remove them"),
    "box-beyond-image": Kind("warning", "boxes that reach beyond their image", "cut them; the converter does"),
    "duplicate-box": Kind("warning", "objects that are annotated twice", "remove one; Ultralytics drops exact copies"),
    "duplicate-image": Kind("warning", "images that are there twice in a split", "remove one: it counts twice"),
    "exif-rotation": Kind(
        "warning",
        "images that EXIF turns",
        "save them upright and without the tag: tools that ignore it see another image than Ultralytics does",
    ),
    "jpeg-end": Kind(
        "warning",
        "JPEG files that do not end where their image ends",
        "save them anew; else Ultralytics does so, in place, when it first reads them",
    ),
    "no-annotation": Kind(
        "warning",
        "images without an annotation",
        "annotate them, remove them, or give them an empty annotation if nothing is on them: "
        "Ultralytics takes them for backgrounds",
    ),
    "bad-name": Kind("error", "images whose names cannot be used", "rename the image, and where it is named"),
    "data-yaml": Kind("error", "data YAMLs that Ultralytics refuses", "mend the entry that is named"),
    "repeated-name": Kind(
        "error", "classes that share a name", "give each class its own name, or make them one in the annotations"
    ),
    "unused-names": Kind(
        "warning", "files of class names that are not used", "delete the file, or make it say what holds"
    ),
    "yaml-differs": Kind(
        "warning",
        "data YAMLs and lists that Ultralytics reads differently",
        "write the entry so that nobody has to guess",
    ),
    "unlisted": Kind(
        "warning", "images or annotations that no split has", "add them to a list or folder of a split, or remove them"
    ),
    "polygon": Kind(
        "warning",
        "objects given as polygons",
        "nothing, if their boxes are meant; they are kept as segmentation beside the box",
    ),
    "stale-side-file": Kind(
        "warning", "side files that no longer fit", "delete the side file, or make the data set anew from its source"
    ),
    "unused-class": Kind("warning", "names that no object has", "remove the name, unless more data will follow"),
    "untrained-class": Kind(
        "warning", "classes that are measured but not trained", "move some of their images to train"
    ),
    "similar-names": Kind(
        "warning", "class names that differ in case or blanks only", "make them one, or tell them apart"
    ),
}
