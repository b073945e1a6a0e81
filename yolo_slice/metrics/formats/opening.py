"""Finds out what kind of ground truth or detections something is, and reads it."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from yolo_slice.annotations.values import read_json, read_lines, shown
from yolo_slice.annotations.voc_folder import find_years, open_voc_folder
from yolo_slice.errors import SliceError
from yolo_slice.metrics.annotated_truth import coco_truth, voc_truth
from yolo_slice.metrics.data_set_truth import data_set_truth
from yolo_slice.metrics.detections import Detections
from yolo_slice.metrics.formats.class_txt import read_class_txt_detections, read_class_txt_truth
from yolo_slice.metrics.formats.coco_results import read_coco_results
from yolo_slice.metrics.formats.comp3 import is_comp3, read_comp3
from yolo_slice.metrics.formats.folder import find_truth_file, text_labels
from yolo_slice.metrics.formats.voc_json import read_voc_json
from yolo_slice.metrics.formats.yolo_detections import is_yolo_detection, read_yolo_detections
from yolo_slice.metrics.truth import Truth


def read_truth(
    source: Truth | str | Path | Mapping[str, Any], split: str | None = None, annotations: Path | None = None
) -> Truth:
    """Read ground truth of any kind.

    Args:
        source: COCO JSON; VOC JSON (image -> w, h, objects); both as a path or their content. A folder of VOC XML, a
            devkit's VOC2007 or VOC2012, a folder of text files (class left top right bottom), a data YAML, the folder
            of a data YAML or of COCO JSON.
        split: Split of a devkit (None: every annotation), of a data YAML or of COCO's folder (None: val).
        annotations: COCO JSON of a data YAML's split; None: the one that the data YAML names, else its labels.

    Raises:
        SliceError: If it is none of these, or anything in it cannot be read.
    """
    if isinstance(source, Truth):
        return source
    if isinstance(source, Mapping):
        return _from_mapping(source, "truth")
    path = _existing(source)
    if path.suffix.lower() in {".yaml", ".yml"}:
        return data_set_truth(path, split or "val", annotations)
    if path.is_dir():
        return _from_folder(path, split, annotations)
    if path.suffix.lower() in {".xml", ".data", ".zip"}:
        raise SliceError(f"{path} is not read as it is; {_advice(path)}")
    content = read_json(path)
    if not isinstance(content, Mapping):
        raise SliceError(f"{path} holds {shown(content)}, not a JSON object with images, annotations and categories")
    return _from_mapping(content, str(path))


def read_detections(source: str | Path | Mapping[str, Any] | Sequence[Any], truth: Truth) -> Detections:
    """Read detections of any kind.

    Args:
        source: COCO results as a path or a list; comp3 files of the VOC devkit (one, a folder, or a glob pattern); a
            folder of text files, one per image, either of YOLO with confidences (`save_txt=True save_conf=True`) or of
            class, confidence, left, top, right, bottom.
        truth: The ground truth; images and classes are looked up in it.

    Raises:
        SliceError: If it is none of these, or anything in it cannot be read.
    """
    if isinstance(source, Mapping):
        source = source.get("annotations", source)
    if not isinstance(source, (str, Path)):
        if not isinstance(source, (list, tuple)):
            raise SliceError(f"detections are {shown(source)}, not a list of image_id, category_id, bbox and score")
        return read_coco_results(source, truth, "detections")
    files = _text_files(source)
    if files is None:
        path = _existing(source)
        content = read_json(path)
        if not isinstance(content, list):
            raise SliceError(f"{path} holds {shown(content)}, not a list of image_id, category_id, bbox and score")
        return read_coco_results(content, truth, str(path))
    if any(is_comp3(file) for file in files):
        return read_comp3([file for file in files if is_comp3(file)], truth)
    lines = (words for file in files for _, words in read_lines(file))
    first = next(lines, None)
    if first is None or is_yolo_detection(first):
        return read_yolo_detections(files, truth)
    return read_class_txt_detections(files, truth)


def read_both(
    truth: Truth | str | Path | Mapping[str, Any],
    detections: Detections | str | Path | Mapping[str, Any] | Sequence[Any],
) -> tuple[Truth, Detections]:
    """Read ground truth and detections, each of any kind, unless they are read already.

    Raises:
        SliceError: As `read_truth` and `read_detections`.
    """
    known = read_truth(truth)
    return known, detections if isinstance(detections, Detections) else read_detections(detections, known)


def _from_mapping(content: Mapping[str, Any], source: str) -> Truth:
    is_coco = not content or bool({"annotations", "categories"} & content.keys())
    return coco_truth(content, source) if is_coco else read_voc_json(content, source)


def _from_folder(path: Path, split: str | None, annotations: Path | None) -> Truth:
    if folder := open_voc_folder(path):
        return voc_truth(folder, split)
    if file := find_truth_file(path, split):
        return read_truth(file, split, annotations)
    files = text_labels(path)
    if not files:
        found = ", ".join(sorted(child.name for child in path.iterdir())[:8]) or "nothing"
        hint = "name the year's folder in it" if find_years([path]) else _advice(path)
        raise SliceError(f"{path} has no VOC XML, data YAML, COCO JSON or *.txt, but {found}; {hint}")
    first = next((words for file in files for _, words in read_lines(file)), [])
    if first and is_yolo_detection(first):
        raise SliceError(f"{path} holds YOLO's labels ({' '.join(first)}), which need their images: name the data YAML")
    return read_class_txt_truth(files, str(path))


def _advice(path: Path) -> str:
    return f"if `yolo-slice data check {path}` reads it: yolo-slice data convert {path} NEW to=coco, then truth=NEW"


def _text_files(source: str | Path) -> list[Path] | None:
    """List the text files that source names, sorted; None if it names something else."""
    path = Path(source)
    if path.is_dir():
        files = sorted(path.glob("*.txt"))
        if not files:
            raise SliceError(f"{path} has no *.txt")
        return files
    if path.suffix == ".txt" and path.is_file():
        return [path]
    files = [] if path.is_file() else sorted(path.parent.glob(path.name)) if path.parent.is_dir() else []
    return files or None


def _existing(source: str | Path) -> Path:
    path = Path(source)
    if not path.exists():
        raise SliceError(f"{path} does not exist")
    return path
