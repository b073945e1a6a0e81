"""COCO: one JSON file a split, with images, annotations and categories."""

from pathlib import Path

from yolo_slice.annotations.coco_json import is_coco_json
from yolo_slice.data.coco.files import find_files, open_coco
from yolo_slice.data.coco.writer import CocoWriter
from yolo_slice.data.format import Format


def is_here(root: Path) -> bool:
    """Tell whether this is a JSON file, or a folder with one where COCO or Roboflow put it."""
    return root.suffix.lower() == ".json" if root.is_file() else bool(find_files(root))


FORMAT = Format(
    "coco", "a JSON file, annotations/*.json or */_annotations.coco.json", is_here, open_coco, is_coco_json, CocoWriter
)
