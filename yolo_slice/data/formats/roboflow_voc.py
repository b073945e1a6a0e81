"""Roboflow's VOC layout: train/, valid/ and test/, each with images and XML files together."""

from collections.abc import Sequence
from pathlib import Path

from yolo_slice.annotations.split_names import split_use
from yolo_slice.annotations.voc_folder import open_voc_folder
from yolo_slice.annotations.voc_xml import is_annotation
from yolo_slice.data.dataset import USES, Dataset, tell_splits
from yolo_slice.data.format import Format
from yolo_slice.data.voc.plan import VocSplit


def split_folders(root: Path) -> dict[Path, str]:
    """Find the folders that hold XML files and whose name says what for: train, val or test."""
    folders = (place for place in sorted(root.glob("*/")) if root.is_dir() and any(place.glob("*.[xX][mM][lL]")))
    return {place: use for place in folders if (use := split_use(place.name)) in USES}


def open_roboflow_voc(root: Path, names: Sequence[str] | None = None) -> Dataset | None:
    """Open a folder with train/, valid/ or test/; None if root has none of them."""
    uses: dict[str, tuple[VocSplit, ...]] = dict.fromkeys(USES, ())
    for place, use in split_folders(root).items():
        folder = open_voc_folder(place)
        if folder is not None:
            split = VocSplit(place.name, folder, tuple(folder.annotations), place)
            uses[use] = (*uses[use], split)
    splits = [split for found in uses.values() for split in found]
    return Dataset(root, FORMAT.name, uses, lines=(tell_splits(splits),)) if splits else None


FORMAT = Format(
    "roboflow-voc",
    "train/*.xml, valid/*.xml or test/*.xml with the images beside them",
    lambda root: bool(split_folders(root)),
    open_roboflow_voc,
    is_annotation,
)
