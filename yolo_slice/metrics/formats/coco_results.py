"""COCO's results: a list of image_id, category_id, bbox and score."""

from collections.abc import Mapping, Sequence
from typing import Any

from yolo_slice.annotations.values import entry, read_name, read_number, shown
from yolo_slice.errors import SliceError
from yolo_slice.metrics.detections import DetectionRow, Detections, build_detections
from yolo_slice.metrics.formats.boxes import xywh_box
from yolo_slice.metrics.truth import Truth


def read_coco_results(data: Sequence[Any], truth: Truth, source: str) -> Detections:
    """Read the content of a COCO results file.

    `image_id` may be COCO's id where the ground truth knows ids, or the image's name, stem or path; `category_id` a
    number or a class's name.

    Raises:
        SliceError: For anything missing or wrong, or an id that is not in the ground truth or could be two things.
    """
    places = [f"{source}, detection {n}" for n in range(len(data))]
    images = [read_name(entry(item, "image_id", at), "image_id", at) for item, at in zip(data, places, strict=True)]
    classes = [_class_key(entry(item, "category_id", at)) for item, at in zip(data, places, strict=True)]
    named = {name: n for n, name in enumerate(truth.classes)}
    image_numbers = look_up(images, _image_ways(images, truth), "image_id", places, truth.source)
    labels = look_up(classes, [named, *truth.category_ids], "category_id", places, truth.source)
    rows = []
    for item, at, image, label in zip(data, places, image_numbers, labels, strict=True):
        box, score = xywh_box(entry(item, "bbox", at), at), read_number(entry(item, "score", at), "score", at)
        rows.append(DetectionRow(image, label, box, score))
    return build_detections(rows)


def look_up(
    values: Sequence[int | str],
    ways: Sequence[Mapping[Any, int]],
    what: str,
    places: Sequence[str],
    source: str,
) -> list[int]:
    """Find what each value means; of several ways to read them, those that can read them all are believed.

    Raises:
        SliceError: If a value means nothing, or two different things.

    Example:
        >>> look_up(["a", 7], [{"a": 0, "b": 1}, {7: 1}], "image_id", ["first", "second"], "a.json")
        [0, 1]
        >>> look_up([1, 3], [{1: 0, 2: 1}, {1: 1, 3: 0}], "category_id", ["first", "second"], "a.json")
        [1, 0]
    """
    distinct = {*values}
    believed = [way for way in ways if distinct <= way.keys()] or ways
    meanings = {value: {way[value] for way in believed if value in way} for value in distinct}
    for value, place in zip(values, places, strict=True):
        if not meanings[value]:
            known = shown([*dict.fromkeys(key for way in ways for key in way if isinstance(key, type(value)))])
            raise SliceError(f"{place}: {what} {_bare(value)} is not in {source}; it has {known}")
        if len(meanings[value]) > 1:
            raise SliceError(
                f"{place}: {what} {_bare(value)} is ambiguous in {source}: there it is one thing's id and another "
                f"one's number or name; give names instead"
            )
    return [next(iter(meanings[value])) for value in values]


def _bare(value: int | str) -> str:
    return value if isinstance(value, str) and value.isdecimal() and len(value) < 20 else shown(value)


def _image_ways(images: Sequence[str], truth: Truth) -> list[Mapping[str, int]]:
    if truth.has_own_ids and truth.image_ids.keys() >= {*images}:
        return [truth.image_ids]
    return [truth.image_index, truth.image_ids]


def _class_key(value: Any) -> int | str:
    """Return an id or a name; anything else as text, which no class is called."""
    return value if isinstance(value, (int, str)) and not isinstance(value, bool) else shown(value)
