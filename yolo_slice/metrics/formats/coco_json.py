"""COCO's JSON: `instances_*.json` as ground truth, the list of a results file as detections."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from yolo_slice.annotations.values import entry, listing, read_name, read_number, read_whole_number, shown
from yolo_slice.errors import SliceError
from yolo_slice.metrics.detections import DetectionRow, Detections, build_detections
from yolo_slice.metrics.formats.boxes import xywh_box
from yolo_slice.metrics.truth import BOX_AREA, MASK_AREA, Truth, TruthRow, build_truth


def read_coco_truth(data: Mapping[str, Any], source: str) -> Truth:
    """Read the content of a COCO annotation file.

    Images are ordered by id, as pycocotools does: the order decides between equal scores.

    Args:
        data: `images`, `categories` and `annotations`. `area` may be missing: then the box's counts. VOC's difficult
            objects may be marked by `difficult` or `ignore`.
        source: Where it comes from, for messages.

    Raises:
        SliceError: For anything missing or wrong, an id given twice, or one that is not there.
    """
    images = _by_id(data, "images", source)
    categories = _by_id(data, "categories", source)
    index = {id_: n for n, id_ in enumerate(sorted(images, key=_sort_key))}
    labels = {id_: n for n, id_ in enumerate(sorted(categories, key=_sort_key))}
    annotations = listing(entry(data, "annotations", source), f"{source}, annotations")
    ids = [item["id"] for item in annotations if isinstance(item, Mapping) and "id" in item]
    _refuse_twice([read_name(id_, "an annotation's id", source) for id_ in ids], f"{source}, annotations: id")
    rows = [_truth_row(item, index, labels, f"{source}, annotation {n}") for n, item in enumerate(annotations)]
    names = [_category_name(categories[id_], id_, source) for id_ in labels]
    _refuse_twice(names, f"{source}, categories: name")
    files = {id_: str(item.get("file_name", "")) for id_, item in images.items()}
    has_masks = any(row.area is not None and abs(row.area - row.xywh[2] * row.xywh[3]) > 0.5 for row in rows)
    return build_truth(
        [str(id_) for id_ in index],
        names,
        rows,
        [_wh(images[id_], f"{source}, image {shown(id_)}") for id_ in index],
        aliases=_aliases({str(id_): files[id_] for id_ in index}),
        category_ids={id_: n for id_, n in labels.items() if isinstance(id_, int)},
        area_kind=MASK_AREA if has_masks else BOX_AREA,
        knows_difficult=any("difficult" in item or "ignore" in item for item in annotations),
        source=source,
    )


def read_coco_results(data: Sequence[Any], truth: Truth, source: str) -> Detections:
    """Read the content of a COCO results file: a list of image_id, category_id, bbox and score.

    `category_id` may be a class's name where the ground truth has no ids (VOC).

    Raises:
        SliceError: For anything missing or wrong, or an id that is not in the ground truth.
    """
    images, classes = truth.image_index, {name_: n for n, name_ in enumerate(truth.classes)}
    rows = []
    for n, item in enumerate(data):
        place = f"{source}, detection {n}"
        image = read_name(entry(item, "image_id", place), "image_id", place)
        if image not in images:
            raise SliceError(f"{place}: image_id {shown(item['image_id'])} is not in {truth.source}")
        box, score = (
            xywh_box(entry(item, "bbox", place), place),
            read_number(entry(item, "score", place), "score", place),
        )
        label = _find_class(entry(item, "category_id", place), truth, classes, place)
        rows.append(DetectionRow(images[image], label, box, score))
    return build_detections(rows)


def _find_class(value: Any, truth: Truth, classes: Mapping[str, int], place: str) -> int:
    known: Mapping[Any, int] = classes if isinstance(value, str) else truth.category_ids
    try:
        return known[value]
    except (KeyError, TypeError):
        raise SliceError(
            f"{place}: category_id {shown(value)} is not in {truth.source}; it has {shown(list(known))}"
        ) from None


def _by_id(data: Mapping[str, Any], key: str, source: str) -> dict[int | str, Mapping[str, Any]]:
    items = listing(entry(data, key, source), f"{source}, {key}")
    ids = [entry(item, "id", f"{source}, {key} {n}") for n, item in enumerate(items)]
    _refuse_twice([read_name(id_, "id", f"{source}, {key} {n}") for n, id_ in enumerate(ids)], f"{source}, {key}: id")
    return dict(zip(ids, items, strict=True))


def _refuse_twice(values: Sequence[str], what: str) -> None:
    seen: set[str] = set()
    for value in values:
        if value in seen:
            raise SliceError(f"{what} {shown(value)} is given twice")
        seen.add(value)


def _truth_row(item: Any, images: Mapping[Any, int], labels: Mapping[Any, int], place: str) -> TruthRow:
    image, label = entry(item, "image_id", place), entry(item, "category_id", place)
    for value, known, what in ((image, images, "image_id"), (label, labels, "category_id")):
        if read_name(value, what, place) and value not in known:
            raise SliceError(f"{place}: {what} {shown(value)} is not in the file's list")
    area = item.get("area")
    return TruthRow(
        images[image],
        labels[label],
        xywh_box(entry(item, "bbox", place), place),
        None if area is None else _area(area, place),
        _flag(item, "iscrowd", place),
        _flag(item, "difficult", place) or _flag(item, "ignore", place),
    )


def _area(value: Any, place: str) -> float:
    area = read_number(value, "area", place)
    if area < 0:
        raise SliceError(f"{place}: area is {shown(value)}, which is negative")
    return area


def _flag(item: Mapping[str, Any], key: str, place: str) -> bool:
    value = item.get(key, 0)
    return value if isinstance(value, bool) else read_whole_number(value, key, place) > 0


def _category_name(item: Mapping[str, Any], id_: int | str, source: str) -> str:
    return read_name(item.get("name", id_), "name", f"{source}, category {shown(id_)}")


def _wh(item: Mapping[str, Any], place: str) -> tuple[float, float]:
    width, height = (read_number(item[key], key, place) if key in item else float("nan") for key in ("width", "height"))
    return width, height


def _aliases(files: Mapping[str, str]) -> dict[str, int]:
    """Let detections name an image by its file, with or without folder and suffix, where that is one image only."""
    aliases: dict[str, set[int]] = {}
    for n, file in enumerate(files.values()):
        for alias in {file, Path(file).name, Path(file).stem} - {""}:
            aliases.setdefault(alias, set()).add(n)
    return {alias: numbers.pop() for alias, numbers in aliases.items() if len(numbers) == 1}


def _sort_key(id_: int | str) -> tuple[bool, int, str]:
    return isinstance(id_, str), 0 if isinstance(id_, str) else id_, str(id_)
