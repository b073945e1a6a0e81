"""Which format a data set has, told from its files."""

from collections.abc import Sequence
from pathlib import Path

from yolo_slice.annotations.voc_folder import find_years, open_voc_folder
from yolo_slice.data.coco.opening import find_files, open_coco
from yolo_slice.data.dataset import Dataset, Format
from yolo_slice.data.voc.opening import open_voc
from yolo_slice.data.yolo.opening import find_yamls, open_yolo
from yolo_slice.errors import SliceError

SIGNS: dict[Format, str] = {
    "yolo": "a data YAML, or images/ and labels/",
    "voc": "Annotations/*.xml, *.xml, VOC2007/ or VOC2012/",
    "coco": "a JSON file, annotations/*.json or */_annotations.coco.json",
}

SUFFIXES: dict[Format, tuple[str, ...]] = {"yolo": (".yaml", ".yml"), "coco": (".json",)}


def open_dataset(root: Path, format: Format | None = None, names: Sequence[str] | None = None) -> Dataset:
    """Open a data set.

    Args:
        root: Folder, COCO JSON or data YAML.
        format: Its format; None tells it from the files.
        names: Class names for labels in the host's layout that have none; the other formats name their classes.

    Raises:
        SliceError: If root is of no format or of more than one, or cannot be opened.
    """
    root = Path(root).resolve()
    if not root.exists():
        raise SliceError(f"{root} is not there")
    format = format or detect_format(root)
    dataset = {"yolo": lambda: open_yolo(root, names), "voc": lambda: open_voc(root), "coco": lambda: open_coco(root)}[
        format
    ]()
    if dataset is None or not dataset.splits:
        raise SliceError(f"{root} is no data set: looked for {format}: {SIGNS[format]}; found {_list(root)}")
    return dataset


def detect_format(root: Path) -> Format:
    """Tell a data set's format.

    Raises:
        SliceError: If it is none, or could be two.
    """
    if root.is_file():
        found: list[Format] = [name for name, suffixes in SUFFIXES.items() if root.suffix.lower() in suffixes]
    else:
        is_format = {"yolo": _looks_like_yolo(root), "voc": _looks_like_voc(root), "coco": bool(find_files(root))}
        found = [name for name in SIGNS if is_format[name]]
    if len(found) == 1:
        return found[0]
    if found:
        raise SliceError(f"{root} could be {' or '.join(found)}; say which with format ({'|'.join(found)})")
    signs = "; ".join(f"{name}: {sign}" for name, sign in SIGNS.items())
    raise SliceError(f"{root} is no data set: looked for {signs}; found {_list(root)}")


def _list(root: Path) -> str:
    entries = sorted(path.name for path in root.iterdir()) if root.is_dir() else [f"a file {root.suffix}"]
    return f"{', '.join(entries[:8]) or 'nothing'}{' ...' if len(entries) > 8 else ''}"


def _looks_like_yolo(root: Path) -> bool:
    return bool(find_yamls(root)) or any(root.glob("labels")) or any(root.glob("*/labels"))


def _looks_like_voc(root: Path) -> bool:
    return bool(find_years((root, root / "VOCdevkit"))) or open_voc_folder(root) is not None
