"""What `yolo-slice study` does: write the protocol, train the cells, report."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from yolo_slice.errors import SliceError
from yolo_slice.settings import settings_of
from yolo_slice.study.announcements import Announcements
from yolo_slice.study.arms import find_arm, read_arms, safe_name, unique_labels
from yolo_slice.study.cell import RECORD, Cell, cells_of
from yolo_slice.study.engine import Engine, Start, start_process
from yolo_slice.study.leftovers import clear
from yolo_slice.study.protocol import FILE, Protocol, read_protocol, refuse_other, write_protocol
from yolo_slice.study.settings import StudySettings

EXAMPLE = "yolo-slice study models=yolov8n,yolov8n-slicesamp data=my.yaml seeds=5 epochs=100"
FREE = {"folder", "action", "devices", "cluster", "retry"}  # what may differ each time a study goes on
# Arguments of `yolo train` that a study decides on itself, and why they are not to be given.
REFUSED = {
    "seed": "a study has seeds=",
    "model": "a study has models=",
    "device": "a study has devices=",
    "exist_ok": "a study goes on where it stopped",
    "resume": "a study goes on where it stopped: give the same command again",
    "save_dir": "a study's folder is project=/name=",
    "mode": "a study trains",
    "task": "the model says it",
    "cfg": "write its entries as arguments, so that study.yaml has them",
    "pretrained": "a model file starts from random weights, a checkpoint from its own: say it in models=",
    "save": "without checkpoints nothing could be resumed or measured",
    "time": "it ends trainings by the clock, so that arms would differ in epochs; give epochs=",
}
# Where Ultralytics' defaults do not suit: pictures of each cell cost time; and the draws of augmentation depend on
# how many processes load images, so that their number is written down instead of left to the machine.
OWN_DEFAULTS = {"plots": False, "workers": 4}

OPTIMIZERS = ("adam", "adamax", "adamw", "nadam", "radam", "rmsprop", "sgd", "musgd", "auto")
# What Ultralytics finds out only when it trains, where study.yaml has been written and every training would fail.
USABLE: Mapping[str, Callable[[Any], bool]] = {
    "imgsz": lambda value: isinstance(value, int) and value > 0,
    "workers": lambda value: value >= 0,
    "optimizer": lambda value: str(value).lower() in OPTIMIZERS,
}


def run_study(settings: StudySettings) -> Path:
    """Do what the settings ask for, until every training has ended, then report; return the study's folder.

    Raises:
        SliceError: If anything cannot be used, before anything is written; after the report, if a training has failed.
    """
    if settings.cluster is not None and settings.devices:
        raise SliceError("devices= and cluster= cannot be given together: the cluster decides which training gets what")
    folder, protocol = _open(settings)
    cells = cells_of(folder.resolve(), protocol)
    if settings.action is None:
        _train(folder, cells, settings)
    from yolo_slice.study.report import write_report
    from yolo_slice.study.report.summary import summary

    made = write_report(folder)
    print(f"\n{summary(folder)}\n\nReport: {made / 'report.html'} (and .md, .csv, .json)")
    failed = [cell.title for cell in cells if (cell.read_record() or {}).get("state") == "failed"]
    if failed and settings.action is None:
        raise SliceError(
            f"{len(failed)} of {len(cells)} trainings failed: {', '.join(failed)}; their log.txt says why. "
            f"Try them again: yolo-slice study {folder} retry=True"
        )
    return folder


def _train(folder: Path, cells: Sequence[Cell], settings: StudySettings) -> None:
    if settings.retry:
        for cell in cells:
            if (cell.read_record() or {}).get("state") == "failed":
                (cell.folder / RECORD).unlink(missing_ok=True)
    for cell in cells:
        clear(cell)
    left = sum(not (cell.folder / RECORD).exists() for cell in cells)
    if not left:
        print(f"{folder}: all {len(cells)} trainings are done")
        return
    devices, start = _places(settings)
    where = ", ".join(devices) if settings.cluster is None else f"a cluster, {len(devices)} at a time now"
    print(f"{folder}: {left} of {len(cells)} trainings to do, on {where}", flush=True)
    Engine(cells, devices, Announcements(cells, len(devices)), start).run()


def _places(settings: StudySettings) -> tuple[Sequence[str], Start]:
    """Choose where trainings run, and what starts them there."""
    if settings.cluster is None:
        return choose_devices(settings.devices), start_process
    from yolo_slice.study.ray_cluster import ClusterSlots, ClusterStart, connect

    ray = connect(settings.cluster)
    slots = ClusterSlots(ray)
    return slots, ClusterStart(ray, slots)


def _open(settings: StudySettings) -> tuple[Path, Protocol]:
    """Find the study, or write its protocol."""
    if settings.folder is not None:
        _refuse_changes(settings)
        return settings.folder, read_protocol(settings.folder)
    if settings.action is not None or not settings.models or not settings.data:
        missing = "folder=" if settings.action else "data=" if settings.models else "models="
        raise SliceError(f"{missing} is missing; for example: {EXAMPLE}")
    protocol = plan(settings)
    choose_devices(settings.devices)  # before anything is written
    folder = Path(settings.project) / protocol.study
    if not write_protocol(folder, protocol):
        refuse_other(folder, protocol)
    return folder, read_protocol(folder)


def _refuse_changes(settings: StudySettings) -> None:
    """Refuse settings that the protocol of a study that exists has decided."""
    own = {setting.name: setting.default for setting in settings_of(StudySettings)}
    given = [name for name, default in own.items() if getattr(settings, name) != default]
    given = [*(name for name in given if name not in FREE), *settings.train]
    if given:
        raise SliceError(
            f"{given[0]}= cannot be changed: {settings.folder}/{FILE} was written before the first training; "
            f"for another study, leave the folder out and give name="
        )


def plan(settings: StudySettings) -> Protocol:
    """Make the protocol that settings describe; nothing is written.

    Raises:
        SliceError: If a model, a data set or an argument cannot be used.
    """
    for name in settings.train:
        if name in REFUSED:
            raise SliceError(f"{name}= is not for you to give: {REFUSED[name]}")
    arms, seeds = read_arms(settings.models), read_seeds(settings.seeds)
    baseline = find_arm(arms, settings.baseline) if settings.baseline else next(iter(arms))
    for data in settings.data:
        if Path(data).name != data and not Path(data).is_file():
            raise SliceError(f"data: {data} is not there")
    train = _train_arguments(settings.train)
    data = _read_data(settings.data)
    from yolo_slice.integration.train_arguments import training_model

    arms = {label: type(arm)(training_model(arm.model), arm.convert) for label, arm in arms.items()}
    name = safe_name(settings.name or next(iter(data)))
    return Protocol(study=name, arms=arms, baseline=baseline, data=data, seeds=seeds, train=train)


def read_seeds(text: str) -> tuple[int, ...]:
    """Read `seeds=`.

    Example:
        >>> read_seeds("3"), read_seeds("0,3,7"), read_seeds("4,")
        ((0, 1, 2), (0, 3, 7), (4,))
    """
    try:
        seeds = tuple(int(part) for part in text.split(",") if part.strip())
    except ValueError:
        seeds = ()
    if "," not in text and seeds:
        seeds = tuple(range(seeds[0]))
    if not seeds or min(seeds) < 0 or len({*seeds}) < len(seeds):
        raise SliceError(f"seeds={text}: expected how many (5), or different whole numbers with commas (0,3,7)")
    return seeds


def _train_arguments(words: Mapping[str, str]) -> dict[str, Any]:
    from yolo_slice.integration.train_arguments import read_train_arguments

    own = [setting.name for setting in settings_of(StudySettings)]
    train = {**OWN_DEFAULTS, **read_train_arguments(words, own)}
    batch = train.get("batch", 16)
    if not isinstance(batch, int) or batch < 1:
        raise SliceError(f"batch={batch}: expected a number of images: one that is found by trying would differ by arm")
    if wrong := next(
        (name for name, is_usable in USABLE.items() if name in train and not is_usable(train[name])), None
    ):
        raise SliceError(f"{wrong}={train[wrong]}: nothing can be trained with it")
    return train


def _read_data(files: Sequence[str]) -> dict[str, str]:
    from yolo_slice.integration.data.data_yaml import open_data_yaml

    named = []
    for file in files:
        data = open_data_yaml(file, download=True)
        for split in ("train", "val"):
            data.split(split)
        path = data.file.resolve()
        named.append((safe_name(path.parent.name if path.stem == "data" else path.stem), str(path)))
    return unique_labels(named)


def choose_devices(asked: Sequence[str]) -> tuple[str, ...]:
    """Check `devices=`, or choose the first GPU, else the CPU.

    Raises:
        SliceError: If there is no such device.
    """
    wrong = [device for device in asked if device not in ("cpu", "mps") and not device.isdigit()]
    if wrong:
        raise SliceError(f"devices: {wrong[0]}: expected cpu, mps, or the number of a GPU")
    if asked and all(device in ("cpu", "mps") for device in asked):
        return tuple(asked)
    import torch

    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    missing = [device for device in asked if device.isdigit() and int(device) >= count]
    if missing:
        raise SliceError(f"devices: there is no GPU {missing[0]}; torch sees {count}")
    return tuple(asked) or ("0" if count else "cpu",)
