"""Which image goes into which split, decided before anything is written."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

from yolo_slice.annotations.findings import Finding
from yolo_slice.annotations.record import Reading
from yolo_slice.annotations.voc_folder import VocFolder
from yolo_slice.annotations.voc_image import read_images
from yolo_slice.errors import SliceError

LISTS = ("train", "val", "test", "trainval")
VAL_SHARE = 0.2  # of the images, where no list says which of them are for validation


@dataclass(frozen=True, slots=True)
class VocSplit:
    """Some of a folder's images.

    Attributes:
        name: Name of the split's folders and of its side file.
        folder: Where annotations and images are.
        ids: Stems of annotations, each once.
        source: The list that the ids are from, or the folder if there is none.
    """

    name: str
    folder: VocFolder
    ids: tuple[str, ...]
    source: Path

    def __len__(self) -> int:
        return len(self.ids)

    def read(self) -> Iterator[Reading]:
        """Read the annotations one by one."""
        return read_images(self.folder, self.ids, self.source.stem if self.source.is_file() else "train")


@dataclass(frozen=True, slots=True)
class Plan:
    """What a data set will consist of.

    Attributes:
        train: Splits to train on.
        val: Splits to validate on.
        test: Splits for the last measurement; may be empty.
        lines: How it was decided, for the user.
        findings: What is wrong with the lists.
        bare: Images that seem to have no annotation, and that no list names.
    """

    train: tuple[VocSplit, ...]
    val: tuple[VocSplit, ...]
    test: tuple[VocSplit, ...]
    lines: tuple[str, ...]
    findings: tuple[Finding, ...]
    bare: tuple[Path, ...] = ()

    @property
    def splits(self) -> tuple[VocSplit, ...]:
        """Every split once, in the order train, val, test."""
        return tuple({split.name: split for split in (*self.train, *self.val, *self.test)}.values())


def plan_folder(folder: VocFolder) -> Plan:
    """Take the splits from the lists train, val and test of ImageSets/Main.

    Without a list train, the list trainval serves, else all the annotations, less what val and test hold. Without a
    list val, a fixed fifth of train becomes it; an empty one says that there is no val. A list with the same images as
    one before it is the same split. Lists of one class (aeroplane_train.txt) are not looked at.
    """
    lists, findings = _read_lists(folder)
    train, held_out = _choose_train(folder, lists), {name: lists[name] for name in ("val", "test") if name in lists}
    findings += [fault for other in held_out.values() for fault in find_shared(train, other)]
    origin = f"train is {train.source.name}" if train.ids else "there is no train"
    if "val" in lists:
        line = f"{origin}, val is val.txt"
    elif folder.list_file("val").is_file() and not folder.read_list("val"):
        line = f"{origin}; val.txt is empty, so there is no val"
    else:
        line = f"there is no list val: val is a fixed fifth of {train.source.name}, train is the rest"
        train, val = split_by_hash(train)
        held_out = {"val": val, **held_out}
    splits = _merge_equal({use: split for use, split in {"train": train, **held_out}.items() if split.ids})
    counts = ", ".join(f"{name} {len(split.ids)}" for name, split in splits.items())
    lines = (f"{line} ({counts} images)", *_describe_rest(folder, [*splits.values()]))
    train, val, test = (((splits[use],) if use in splits else ()) for use in ("train", "val", "test"))
    return Plan(train, val, test, lines, tuple(findings), find_bare(folder))


def split_by_hash(split: VocSplit) -> tuple[VocSplit, VocSplit]:
    """Divide a split into train and val, the same on every machine; an image more or less hardly moves the others.

    Raises:
        SliceError: If there are fewer than two images.
    """
    if len(split.ids) < 2:
        raise SliceError(f"{split.source}: {len(split.ids)} annotated image(s) cannot be divided into train and val")
    shuffled = sorted(split.ids, key=lambda stem: sha256(stem.encode()).digest())
    val = set(shuffled[: max(1, round(VAL_SHARE * len(shuffled)))])
    return _keep(split, "train", set(shuffled) - val), _keep(split, "val", val)


def read_split(folder: VocFolder, listed: str, name: str) -> tuple[VocSplit, list[Finding]]:
    """Read a list: the ids that have an annotation, and a finding for each that has none."""
    ids, file = folder.read_list(listed), folder.list_file(listed)
    missing = [stem for stem in ids if stem not in folder.annotations]
    findings = [
        Finding("missing-annotation", file, f"lists {stem!r}, which has no annotation", action="left out")
        for stem in missing
    ]
    return VocSplit(name, folder, tuple(stem for stem in ids if stem in folder.annotations), file), findings


def find_shared(train: VocSplit, held_out: VocSplit) -> list[Finding]:
    """Report the images that are both trained on and measured on."""
    where, file = held_out.source.name, train.source
    shared = sorted({*train.ids} & {*held_out.ids}) if train.folder is held_out.folder else []
    if len(shared) == len(train.ids) == len(held_out.ids):
        return [Finding("leakage", file, f"lists the same images as {where}", action="kept")]
    return [
        Finding("shared-listing", file, f"lists {stem!r}, which is in {where}, too", action="kept in both")
        for stem in shared
    ]


def find_bare(folder: VocFolder) -> tuple[Path, ...]:
    """List the images without an annotation of their stem, less those that a list names: they are reported there."""
    known = {*folder.annotations}.union(*(folder.read_list(name) for name in LISTS))
    return tuple(file for stem, files in folder.images.items() if stem not in known for file in files)


def _merge_equal(splits: Mapping[str, VocSplit]) -> dict[str, VocSplit]:
    """Let a list with the same images as one before it be that split."""
    first: dict[frozenset[str], VocSplit] = {}
    return {use: first.setdefault(frozenset(split.ids), split) for use, split in splits.items()}


def _keep(split: VocSplit, name: str, kept: set[str]) -> VocSplit:
    return replace(split, name=name, ids=tuple(stem for stem in split.ids if stem in kept))


def _read_lists(folder: VocFolder) -> tuple[dict[str, VocSplit], list[Finding]]:
    """Read the lists that are not empty, trainval only if there is no train."""
    lists: dict[str, VocSplit] = {}
    findings: list[Finding] = []
    for name in LISTS:
        if name != "trainval" or "train" not in lists:
            split, missing = read_split(folder, name, name)
            lists |= {name: split} if split.ids else {}
            findings += missing
    return lists, findings


def _choose_train(folder: VocFolder, lists: dict[str, VocSplit]) -> VocSplit:
    if "train" in lists:
        return lists["train"]
    everything = VocSplit("train", folder, tuple(folder.annotations), folder.root)
    base = lists.get("trainval", everything)
    held_out = {stem for name in ("val", "test") if name in lists for stem in lists[name].ids}
    return _keep(base, "train", set(base.ids) - held_out)


def _describe_rest(folder: VocFolder, splits: Sequence[VocSplit]) -> list[str]:
    """Say what no split holds."""
    unlisted = len(folder.annotations.keys() - {stem for split in splits for stem in split.ids})
    bare = len(folder.images.keys() - folder.annotations.keys())
    counts = {
        f"{unlisted} annotation(s) in no list are left out": unlisted,
        f"{bare} image(s) have no annotation": bare,
    }
    return [line for line, count in counts.items() if count]
