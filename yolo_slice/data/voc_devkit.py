"""What `data=voc.yaml` runs if its images are missing: converts the user's VOCdevkit, or lets Ultralytics download."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml

from yolo_slice.annotations.file_index import index_files
from yolo_slice.annotations.findings import Finding, counted
from yolo_slice.annotations.sidecar import side_file, side_line
from yolo_slice.annotations.voc_folder import VocFolder, find_years
from yolo_slice.atomic_file import whole_file
from yolo_slice.data.counts import read_records
from yolo_slice.data.dataset import Dataset
from yolo_slice.data.image_transfer import Transfer
from yolo_slice.data.survey import Survey
from yolo_slice.data.voc.plan import VocSplit
from yolo_slice.data.voc.protocol import FULL_TRAIN, FULL_VAL, is_full, plan_devkit
from yolo_slice.data.voc.split_store import is_current, publish, refuse_foreign, save_stamp
from yolo_slice.data.work_folder import work_folder
from yolo_slice.data.yolo.writer import save_split
from yolo_slice.errors import SliceError
from yolo_slice.integration import log
from yolo_slice.integration.data.images import image_suffixes
from yolo_slice.integration.model_files.stock_files import stock_dataset_yaml

MAX_WARNINGS = 10


def prepare(data: dict[str, Any]) -> None:
    """Make the data set that cfg/datasets/voc.yaml describes, from a VOCdevkit that is only read.

    Ultralytics calls this as the YAML's download script when a folder that it needs is missing: with one year always,
    because images/test2007 is made for the 07+12 protocol alone, and last. What an earlier call made is kept as long as
    lists, annotations and images have not changed.

    Args:
        data: Ultralytics' dictionary of the data set: `path`, `names`, and the absolute folders `train`, `val` and
            `test`, which are set to the splits of the protocol in use.

    Raises:
        SliceError: If the devkit cannot be used, or somebody else has made a folder that is needed.
    """
    root, names = Path(data["path"]).resolve(), [*data["names"].values()]
    years = find_years((root.parent / "VOCdevkit", root / "VOCdevkit", root / "images" / "VOCdevkit"))
    if not years:
        _download(data, root)
        return
    plan = plan_devkit(years)
    train, val = plan.train, _rename_val(plan.train, plan.val)
    log.inform(f"{'; '.join(plan.lines)}; from {', '.join(str(folder.root) for folder in years.values())}")
    stale = [split for split in (*train, *val) if not is_current(split, root, names)]
    if stale:
        survey = Survey(Dataset(root, "voc", {"train": train, "val": val}), names)
        _make(stale, root, survey)
        _warn(root, [*plan.findings, *survey.findings])
    for key, splits in (("train", train), ("val", val), ("test", val)):
        data[key] = [str(root / "images" / split.name) for split in splits]


def _rename_val(train: tuple[VocSplit, ...], val: tuple[VocSplit, ...]) -> tuple[VocSplit, ...]:
    """Keep the name test2007, which Ultralytics takes for the presence of everything, for the full protocol."""
    if is_full(train, val):
        return val
    return tuple(replace(split, name=f"{FULL_VAL}-only") if split.name == FULL_VAL else split for split in val)


def _make(splits: Sequence[VocSplit], root: Path, survey: Survey) -> None:
    """Convert the splits into a folder of their own, then rename them into place one after the other."""
    for split in splits:
        refuse_foreign(split.name, root)
    names = survey.classes or ()
    with work_folder(root if root.is_dir() else root.parent, root.name, wait=True) as work:
        splits = [split for split in splits if not is_current(split, root, names)]  # another process was faster
        for split in splits:
            save_split(work, split.name, names, Transfer("copy"), survey.read(split, "write"))
            if not survey.counts[split.name].images:
                raise SliceError(f"{split.source}: no image of it can be used; {survey.findings[-1]}")
            save_stamp(split, work, names, survey.counts[split.name].images)
        for split in splits:
            if not is_current(split, root, names):
                publish(split.name, work, root)


def _warn(root: Path, findings: Sequence[Finding]) -> None:
    files_first = sorted(findings, key=lambda finding: finding.box is not None)
    for finding in files_first[:MAX_WARNINGS]:
        log.warn(str(finding.below(root.parent)))
    if findings:
        log.warn(
            f"{counted(len(findings), 'fault')} in the VOCdevkit, {min(len(findings), MAX_WARNINGS)} shown; "
            f"to use them, mend the files, delete {root / 'images' / FULL_VAL} if it is there, and run again"
        )


def _download(data: dict[str, Any], root: Path) -> None:
    """Run Ultralytics' own download script, then keep aside what its labels leave out."""
    stock = yaml.safe_load(stock_dataset_yaml("VOC.yaml").read_text("utf-8"))
    exec(stock["download"], {"yaml": data})
    for name in (*FULL_TRAIN, FULL_VAL):
        year, images = root / "images" / "VOCdevkit" / f"VOC{name[-4:]}", root / "images" / name
        annotations, index = index_files(year / "Annotations", {"xml"}), index_files(images, image_suffixes())
        folder = VocFolder(year, year / "Annotations", annotations, images, index)
        _save_side_file(VocSplit(name, folder, tuple(stem for stem in index if stem in annotations), year), root)


def _save_side_file(split: VocSplit, root: Path) -> None:
    file = side_file(root, split.name)
    file.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(file) as partial, partial.open("w", encoding="utf-8", newline="\n") as lines:
        for record in read_records(split, "side file"):
            lines.write(side_line(record, f"images/{split.name}/{record.file_name}"))
