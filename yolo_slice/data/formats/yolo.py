"""Ultralytics' own layout: images/ and labels/, with or without a data YAML."""

from pathlib import Path

from yolo_slice.annotations.yolo_labels import is_label_file
from yolo_slice.data.format import Format
from yolo_slice.data.yolo.layout import find_yamls, open_yolo
from yolo_slice.data.yolo.writer import YoloWriter


def is_here(root: Path) -> bool:
    """Tell whether this is a data YAML, or a folder with one or with labels/."""
    if root.is_file():
        return root.suffix.lower() in (".yaml", ".yml")
    return bool(find_yamls(root)) or any(root.glob("labels")) or any(root.glob("*/labels"))


FORMAT = Format(
    "yolo", "a data YAML, or images/ and labels/", is_here, open_yolo, is_label_file, YoloWriter, has_backgrounds=True
)
