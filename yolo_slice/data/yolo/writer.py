"""Writes Ultralytics' layout: images/, labels/, data.yaml, and side files for what labels cannot say."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import yaml

from yolo_slice.annotations.category import CATEGORIES
from yolo_slice.annotations.findings import printable
from yolo_slice.annotations.record import Record
from yolo_slice.annotations.sidecar import side_file, side_line
from yolo_slice.annotations.yolo_labels import label_text
from yolo_slice.data.image_transfer import Transfer, inside
from yolo_slice.data.write_plan import WritePlan
from yolo_slice.integration import log

HEADER = """\
# Made by yolo-slice from {root}
#     yolo-slice data convert "{root}" "{out}" to=yolo
# Train on it:
#     yolo train model=yolov8n-slice.yaml data="{file}"
# Labels follow Ultralytics' VOC.yaml: a VOC box is centre (min + max)/2 - 1 and side max - min in pixels.
# Objects marked difficult or crowd are not in labels/; annotations/*.jsonl holds every object, as its source has it.
"""


class YoloWriter:
    """Writes splits as folders of images and labels, and data.yaml."""

    def __init__(self, plan: WritePlan) -> None:
        self.plan = plan

    def write_split(self, name: str, records: Iterable[Record]) -> None:
        """Write images/<name>, labels/<name> and annotations/<name>.jsonl."""
        save_split(self.plan.root, name, self.plan.class_map.names, self.plan.transfer, records)

    def finish(self) -> None:
        """Write the data YAML and the table of classes; say so if train and val are the same there."""
        missing = [use for use in ("train", "val") if not self.plan.uses.get(use)]
        if missing:
            log.warn(
                f"the source has no {' and no '.join(missing)}, and Ultralytics asks for train and val: in data.yaml "
                "both are the same images, so a score on them says nothing about others"
            )
        (self.plan.root / "annotations" / CATEGORIES).write_text(self.plan.class_map.text(), encoding="utf-8")
        (self.plan.root / "data.yaml").write_text(data_yaml_text(self.plan), encoding="utf-8")


def save_split(root: Path, name: str, names: Sequence[str], transfer: Transfer, records: Iterable[Record]) -> None:
    """Write a split below root.

    By default images are copied: Ultralytics repairs JPEG files in place, and links would let it write into the source.
    Objects marked difficult are not in the labels, as in Ultralytics' VOC.yaml; boxes are cut to the image.
    """
    images, labels = (root / kind / name for kind in ("images", "labels"))
    index = {name: number for number, name in enumerate(names)}
    for folder in (images, labels, root / "annotations"):
        folder.mkdir(parents=True, exist_ok=True)
    with side_file(root, name).open("w", encoding="utf-8", newline="\n") as lines:
        for record in records:
            transfer.place(record.image, inside(images, record.file_name))
            label = inside(labels, f"{record.id}.txt")
            if "/" in record.id:
                label.parent.mkdir(parents=True, exist_ok=True)
            label.write_text(label_text(record, index), encoding="utf-8")
            lines.write(side_line(record, f"images/{name}/{record.file_name}"))


def data_yaml_text(plan: WritePlan) -> str:
    """Write the data YAML; its path is absolute, so that it works from any folder.

    Ultralytics asks for train and val; where the source has only one of them, both are the same.
    """
    folders = {use: [f"images/{name}" for name in splits] for use, splits in plan.uses.items() if splits}
    only = next(iter(folders.values()))
    folders = {"train": folders.get("train", only), "val": folders.get("val", only)} | folders
    entries = {use: value if len(value) > 1 else value[0] for use, value in folders.items()}
    data = {"path": str(plan.out), **entries, "names": dict(enumerate(plan.class_map.names))}
    body = yaml.safe_dump(data, sort_keys=False, allow_unicode=True, width=1000)
    places = {"root": plan.source, "out": plan.out, "file": plan.out / "data.yaml"}
    return HEADER.format(**{key: _one_line(place) for key, place in places.items()}) + body


def _one_line(path: Path) -> str:
    """Write a path for a comment: a newline in it would end the comment."""
    return "".join(sign if sign.isprintable() else ascii(sign)[1:-1] for sign in printable(str(path)))
