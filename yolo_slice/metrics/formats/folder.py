"""Which file of a data set's folder is the ground truth of a split: its data YAML, or a COCO JSON."""

from pathlib import Path

from yolo_slice.annotations.category import CATEGORIES
from yolo_slice.annotations.split_names import split_use
from yolo_slice.errors import SliceError
from yolo_slice.integration.data.bounded_yaml import load_yaml
from yolo_slice.integration.data.data_yaml import SPLITS

ROBOFLOW = "_annotations.coco.json"
NOT_LABELS = ("classes", "notes", "readme")  # how text files begin that tools put among labels


def find_truth_file(folder: Path, split: str | None) -> Path | None:
    """Find the ground truth of a split.

    Args:
        folder: Of a data YAML, or with annotations/*.json, result.json (Label Studio), train/_annotations.coco.json
            (Roboflow) and so on; as `yolo-slice data convert` writes both.
        split: Use of the split; None: val, or what there is if that is one file.

    Returns:
        None if there is neither.

    Raises:
        SliceError: If several files could be it.
    """
    yamls = [file for file in sorted(folder.glob("*.y*ml")) if _names_splits(file)]
    found = [*yamls, *_of_split(_json_files(folder), split, folder)]
    if len(found) > 1:
        raise SliceError(f"{folder} has {len(found)} files that could be it: name one, {_listed(found, 'truth=')}")
    return found[0] if found else None


def text_labels(folder: Path) -> list[Path]:
    """List the text files of a folder that may be labels: all but the names of classes, notes and the like."""
    return sorted(file for file in folder.glob("*.txt") if not file.name.casefold().startswith(NOT_LABELS))


def _names_splits(file: Path) -> bool:
    data = load_yaml(file)
    return isinstance(data, dict) and any(split in data for split in SPLITS)


def _json_files(folder: Path) -> list[Path]:
    found = sorted(file for file in (folder / "annotations").glob("*.json") if file.name != CATEGORIES)
    found = [file for file in found if file.name.startswith("instances_")] or found
    found = found or sorted([*folder.glob(ROBOFLOW), *folder.glob(f"*/{ROBOFLOW}"), *folder.glob("result.json")])
    return found or sorted(folder.glob("instances*.json"))


def _of_split(files: list[Path], split: str | None, folder: Path) -> list[Path]:
    """Choose the files of a split; all, if there is only one and no split is asked for."""
    if len(files) < 2 and split is None:
        return files
    chosen = [file for file in files if (split or "val") in (_title(file), split_use(_title(file)))]
    if files and not chosen:
        raise SliceError(f"{folder} has no annotations of {split or 'val'}; it has {_listed(files)}")
    return chosen


def _title(file: Path) -> str:
    return file.parent.name if file.name == ROBOFLOW else file.stem.removeprefix("instances_")


def _listed(files: list[Path], before: str = "") -> str:
    return ", ".join(f"{before}{file}" for file in files[:6])
