"""VOC annotations as one JSON object: image -> w, h and objects (name, bbox as xmin ymin xmax ymax, difficult)."""

from collections.abc import Mapping
from typing import Any

from yolo_slice.annotations.values import entry, listing, read_name, read_number, read_whole_number
from yolo_slice.metrics.formats.boxes import voc_box
from yolo_slice.metrics.truth import Truth, TruthRow, build_truth


def read_voc_json(data: Mapping[str, Any], source: str) -> Truth:
    """Read the annotations; classes are those that occur, sorted.

    Raises:
        SliceError: For anything missing or wrong.
    """
    images = [read_name(key, "an image's name", source) for key in data]
    found = [
        list(_read_objects(item, f"{source}, image {image}")) for image, item in zip(images, data.values(), strict=True)
    ]
    classes = sorted({name_ for objects in found for name_, _, _ in objects})
    labels = {name_: n for n, name_ in enumerate(classes)}
    rows = [
        TruthRow(image, labels[name_], box, is_difficult=is_difficult)
        for image, objects in enumerate(found)
        for name_, box, is_difficult in objects
    ]
    return build_truth(images, classes, rows, [_wh(item, source) for item in data.values()], source=source)


def _read_objects(item: Any, place: str) -> Any:
    for n, thing in enumerate(listing(entry(item, "objects", place), f"{place}, objects")):
        here = f"{place}, object {n}"
        flag = thing.get("difficult", 0) if isinstance(thing, Mapping) else 0
        yield (
            read_name(entry(thing, "name", here), "name", here),
            voc_box(entry(thing, "bbox", here), here),
            read_whole_number(int(flag) if isinstance(flag, bool) else flag, "difficult", here) > 0,
        )


def _wh(item: Mapping[str, Any], source: str) -> tuple[float, float]:
    width, height = (read_number(item[key], key, source) if key in item else float("nan") for key in ("w", "h"))
    return width, height
