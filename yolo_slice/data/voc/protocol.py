"""The splits of a VOCdevkit: the 07+12 protocol if both years are complete, else the best of what is there."""

from collections.abc import Collection, Mapping

import yaml

from yolo_slice.annotations.findings import counted
from yolo_slice.annotations.voc_folder import VocFolder
from yolo_slice.annotations.voc_lists import find_lists
from yolo_slice.data.voc.plan import Plan, VocSplit, read_split
from yolo_slice.errors import SliceError
from yolo_slice.paths import CFG

FULL_TRAIN = ("train2012", "train2007", "val2012", "val2007")  # names and order of Ultralytics' VOC.yaml
FULL_VAL = "test2007"
_MOST = 0.9  # of a list must be annotated: VOC2012's test has images and a list, but its objects are not public


def voc_names() -> tuple[str, ...]:
    """Return VOC's twenty class names."""
    return tuple(yaml.safe_load((CFG / "datasets" / "voc.yaml").read_text("utf-8"))["names"].values())


def plan_devkit(years: Mapping[str, VocFolder]) -> Plan:
    """Plan the splits of a devkit; their names are list and year, as in Ultralytics' VOC.yaml.

    Both years: train on 2007 and 2012 trainval, val is 2007 test. One year: its trainval and test, else its train and
    val.

    Raises:
        SliceError: If the annotated lists do not make a train and a val.
    """
    read = [
        read_split(folder, listed, use + year)
        for year, folder in years.items()
        for use, listed in find_lists(folder.root).by_use.items()
    ]
    usable = {split.name: (split, missing) for split, missing in read if _is_annotated(split, len(missing))}
    train_names, val_name = choose_splits(usable)
    train, val = tuple(usable[name][0] for name in train_names), usable[val_name][0]
    missing = [fault for name in (*train_names, val_name) for fault in usable[name][1]]
    return Plan(train, (val,), (val,), (_describe(train, val),), tuple(missing))


def choose_splits(names: Collection[str]) -> tuple[tuple[str, ...], str]:
    """Choose from the annotated lists what to train on and what to validate on.

    Example:
        >>> choose_splits(["train2007", "val2007", "trainval2007"])
        (('train2007',), 'val2007')
        >>> choose_splits(["train2007", "val2007", "train2012", "val2012"])
        (('train2012', 'train2007', 'val2007'), 'val2012')
    """
    trainval = _name_trainval(names, "2012") + _name_trainval(names, "2007")
    trainval.sort(key=lambda name: name[:-4])  # stable: Ultralytics' order
    for test in ("test2007", "test2012"):
        if test in names and trainval:
            return tuple(trainval), test
    for val in ("val2012", "val2007"):
        if val in trainval:
            return tuple(name for name in trainval if name != val), val
    raise SliceError(
        f"the annotated lists of the VOCdevkit are: {', '.join(names) or 'none'}; needed are trainval and test, or "
        "train and val. `yolo-slice data convert` on the folder of one year can do with a single list."
    )


def is_full(train: tuple[VocSplit, ...], val: tuple[VocSplit, ...]) -> bool:
    """Tell whether these are the splits of the 07+12 protocol."""
    return tuple(split.name for split in (*train, *val)) == (*FULL_TRAIN, FULL_VAL)


def _is_annotated(split: VocSplit, missing: int) -> bool:
    return len(split.ids) > 0 and len(split.ids) >= _MOST * (len(split.ids) + missing)


def _name_trainval(names: Collection[str], year: str) -> list[str]:
    halves = [f"train{year}", f"val{year}"]
    return halves if all(half in names for half in halves) else [f"trainval{year}"] * (f"trainval{year}" in names)


def _describe(train: tuple[VocSplit, ...], val: VocSplit) -> str:
    title = (
        "VOC 07+12 protocol"
        if is_full(train, (val,))
        else "not the VOC 07+12 protocol (2007 trainval and test, 2012 trainval)"
    )
    count = sum(len(split.ids) for split in train)
    names = ", ".join(split.name for split in train)
    return (
        f"{title}: train is {names} ({counted(count, 'image')}), val is {val.name} ({counted(len(val.ids), 'image')})"
    )
