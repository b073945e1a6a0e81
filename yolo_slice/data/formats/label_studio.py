"""Label Studio's COCO export: result.json beside images/."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from yolo_slice.annotations.coco_json import is_coco_json
from yolo_slice.data.coco.files import open_coco
from yolo_slice.data.dataset import Dataset
from yolo_slice.data.format import Format

FILE = "result.json"


def is_here(root: Path) -> bool:
    """Tell whether this is a folder with result.json."""
    return root.is_dir() and (root / FILE).is_file()


def open_label_studio(root: Path, names: Sequence[str] | None = None) -> Dataset | None:
    """Open the folder of a result.json, all of whose images are to train on; None if there is none.

    Raises:
        SliceError: If result.json is no COCO JSON.
    """
    dataset = open_coco(root / FILE) if is_here(root) else None
    return dataset and replace(dataset, root=root, format=FORMAT.name, grounds=None)


FORMAT = Format("label-studio", "result.json beside images/", is_here, open_label_studio, is_coco_json)
