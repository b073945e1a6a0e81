"""PASCAL VOC: a folder of XML files, images and lists, or a devkit of two years."""

import itertools
from collections.abc import Sequence
from pathlib import Path

from yolo_slice.annotations.category import CATEGORIES, read_categories
from yolo_slice.annotations.voc_folder import VocFolder, find_years, open_voc_folder
from yolo_slice.annotations.voc_xml import is_annotation
from yolo_slice.data.dataset import Dataset
from yolo_slice.data.format import Format
from yolo_slice.data.voc.plan import Plan, plan_folder
from yolo_slice.data.voc.protocol import plan_devkit, voc_names
from yolo_slice.data.voc.writer import VocWriter

LOOKED_AT = 20  # XML files, to tell whether those of a folder are VOC's


def is_here(root: Path) -> bool:
    """Tell whether this is a folder of annotations, a devkit or its parent."""
    if find_years((root, root / "VOCdevkit")):
        return True
    folder = open_voc_folder(root)
    return folder is not None and (folder.annotation_place != root or _is_voc(folder))


def _is_voc(folder: VocFolder) -> bool:
    """Tell files of VOC from those of other tools, which have another root element."""
    first = itertools.islice(folder.annotations.values(), LOOKED_AT)
    return any(is_annotation(file) for files in first for file in files)


def open_voc(root: Path, names: Sequence[str] | None = None) -> Dataset | None:
    """Plan the splits of a VOC folder, a devkit or its parent; None if root is none of these.

    Raises:
        SliceError: If its lists cannot be used.
    """
    if years := find_years((root, root / "VOCdevkit")):
        return _dataset(root, plan_devkit(years), names=voc_names())
    folder = open_voc_folder(root)
    names = voc_names() if root.name in ("VOC2007", "VOC2012") else ()
    return None if folder is None else _dataset(root, plan_folder(folder), folder.annotation_place, names)


def _dataset(root: Path, plan: Plan, place: Path | None = None, names: tuple[str, ...] = ()) -> Dataset:
    categories, licence = read_categories((place or root) / CATEGORIES)
    uses = {"train": plan.train, "val": plan.val, "test": plan.test}
    return Dataset(root, "voc", uses, categories, plan.lines, plan.findings, licence, usual_names=names)


FORMAT = Format("voc", "Annotations/*.xml, *.xml, VOC2007/ or VOC2012/", is_here, open_voc, is_annotation, VocWriter)
