"""Tables, JSON and CSV of what was measured."""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from yolo_slice.atomic_file import write_whole
from yolo_slice.csv_text import csv_text
from yolo_slice.metrics.coco import AVERAGE_PRECISIONS, NAMES, CocoMetrics
from yolo_slice.metrics.detections import Detections
from yolo_slice.metrics.truth import Truth

PRECISIONS = tuple(AVERAGE_PRECISIONS)


def value_text(value: float) -> str:
    """Write a value as COCO does, with three decimals; a dash for "nothing to measure".

    Example:
        >>> value_text(0.47412), value_text(-1.0)
        ('0.474', '-')
    """
    return f"{value:.3f}" if value >= 0 else "-"


def coco_table(metrics: CocoMetrics) -> str:
    """Write the six AP in the columns of Ultralytics' table."""
    head = f"{f'COCO ({metrics.area})':>28}" + "".join(f"{name:>9}" for name in PRECISIONS)
    return f"{head}\n{'all':>28}" + "".join(f"{value_text(metrics[name]):>9}" for name in PRECISIONS)


def text_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Align columns: the first to the left, the others to the right.

    Example:
        >>> print(text_table(["model", "AP"], [["a", "0.474"], ["longer", "-"]]))
        model      AP
        a       0.474
        longer      -
    """
    rows = [list(head), *map(list, rows)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ([row[0].ljust(widths[0]), *(c.rjust(w) for c, w in zip(row[1:], widths[1:], strict=True))] for row in rows)
    return "\n".join("  ".join(line).rstrip() for line in lines)


def coco_record(metrics: CocoMetrics) -> dict[str, Any]:
    """Return everything measured, as JSON can hold it."""
    return {
        **metrics,
        "area": metrics.area,
        "engine": metrics.engine,
        "images": metrics.images,
        "objects": sum(metrics.objects.values()),
        "detections": metrics.detections,
        "per_class": {name: {"objects": metrics.objects[name], **row} for name, row in metrics.per_class.items()},
        "sizes": [
            {"size_px": bin_.title, "objects": bin_.objects, "AP": bin_.ap, "AP50": bin_.ap50} for bin_ in metrics.sizes
        ],
    }


def coco_csv(metrics: CocoMetrics) -> str:
    """Write the twelve numbers of all classes together, then of each class, a row each."""
    rows = [["all", sum(metrics.objects.values()), *metrics.values()]]
    rows += [[name, metrics.objects[name], *row.values()] for name, row in metrics.per_class.items()]
    return csv_text(["class", "objects", *NAMES], rows)


def truth_json(truth: Truth) -> str:
    """Write ground truth as COCO JSON; images and classes are numbered from 1, difficult objects count as crowds."""
    sizes = [{} if w != w else {"width": int(w), "height": int(h)} for w, h in truth.wh.tolist()]
    crowd = (truth.is_crowd | truth.is_difficult).astype(int)
    columns = (truth.image + 1, truth.label + 1, truth.xywh, truth.area, crowd, truth.is_difficult)
    return json.dumps(
        {
            "images": [
                {"id": n, "file_name": name, **wh}
                for n, (name, wh) in enumerate(zip(truth.images, sizes, strict=True), 1)
            ],
            "categories": [{"id": n, "name": name} for n, name in enumerate(truth.classes, 1)],
            "annotations": [
                {"id": n, "image_id": image, "category_id": label, "bbox": box, "area": area, "iscrowd": iscrowd}
                | ({"difficult": 1} if is_difficult else {})
                for n, (image, label, box, area, iscrowd, is_difficult) in enumerate(
                    zip(*(c.tolist() for c in columns), strict=True), 1
                )
            ],
        }
    )


def detections_json(detections: Detections) -> str:
    """Write detections as COCO results, not rounded; images and classes are numbered as in `truth_json`."""
    columns = (detections.image + 1, detections.label + 1, detections.xywh, detections.score)
    rows = zip(*(column.tolist() for column in columns), strict=True)
    return json.dumps([{"image_id": i, "category_id": k, "bbox": box, "score": score} for i, k, box, score in rows])


def save_texts(folder: Path, texts: Mapping[str, str]) -> None:
    """Write files; each appears when it is complete."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        write_whole(folder / name, text)
