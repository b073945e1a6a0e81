"""Writes COCO JSON, one file a split, image by image: nothing but the ids in use is held in memory."""

import itertools
import json
import shutil
from collections.abc import Iterable
from typing import Any

from yolo_slice.annotations.coco_entry import write_item
from yolo_slice.annotations.findings import printable
from yolo_slice.annotations.record import Record
from yolo_slice.data.coco.files import use_of
from yolo_slice.data.image_transfer import inside
from yolo_slice.data.write_plan import WritePlan

NOTE = "Made by yolo-slice. Where the source gave no area, area is that of the box."


class Ids:
    """Ids of one kind: kept where they are free, else new ones from 1."""

    def __init__(self) -> None:
        self.used: set[int] = set()
        self.counter = itertools.count(1)

    def take(self, wanted: int | None) -> int:
        """Return an id that nothing else has."""
        if wanted is None or wanted in self.used:
            wanted = next(number for number in self.counter if number not in self.used)
        self.used.add(wanted)
        return wanted


class CocoWriter:
    """Writes annotations/instances_<split>.json and images/<split>/."""

    def __init__(self, plan: WritePlan) -> None:
        self.plan, self.root = plan, plan.root
        self.category_ids = {category.name: category.id for category in plan.class_map.categories}
        (plan.root / "annotations").mkdir()

    def write_split(self, name: str, records: Iterable[Record]) -> None:
        """Write a split; the name of a COCO file tells what it is for, so one that does not gets its use before it."""
        uses = self.plan.uses_of(name)
        name = name if use_of(name) in uses else f"{uses[0]}_{name}"
        file = self.root / "annotations" / f"instances_{name}.json"
        rows = file.with_suffix(".rows")
        with file.open("w", encoding="utf-8", newline="\n") as out, rows.open("w+", encoding="utf-8") as annotations:
            out.write(f"{{{self._head()}")
            self._write_images(out, annotations, name, records)
            out.write('\n],\n"annotations": [')
            annotations.seek(0)
            shutil.copyfileobj(annotations, out)
            out.write("\n]}\n")
        rows.unlink()

    def finish(self) -> None:
        """Do nothing: the files hold everything."""

    def _head(self) -> str:
        info = self.plan.class_map.licence.get("info")
        described = {**info} if isinstance(info, dict) else {"description": NOTE}
        parts: dict[str, Any] = {"info": described, "licenses": self.plan.class_map.licence.get("licenses", [])}
        parts["categories"] = [{"id": c.id, "name": c.name, **c.extra} for c in self.plan.class_map.categories]
        return ",\n".join(f"{json.dumps(key)}: {_dump(value)}" for key, value in parts.items()) + ',\n"images": ['

    def _write_images(self, out: Any, rows: Any, split: str, records: Iterable[Record]) -> None:
        image_ids, annotation_ids = Ids(), Ids()
        before_image = before_row = "\n"
        for record in records:
            self.plan.transfer.place(record.image, inside(self.root / "images" / split, record.file_name))
            image_id = image_ids.take(record.image_id)
            size = {"width": record.wh[0], "height": record.wh[1]}
            image = {"id": image_id, "file_name": record.file_name, **size, **record.extra}
            out.write(before_image + _dump(image))
            before_image = ",\n"
            for item in record.items:
                ids = annotation_ids.take(item.annotation_id), image_id, self.category_ids[item.name]
                rows.write(before_row + _dump(write_item(item, record, ids)))
                before_row = ",\n"


def _dump(value: Any) -> str:
    return printable(json.dumps(value, ensure_ascii=False))
