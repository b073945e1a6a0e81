"""Which image goes into which split, decided before anything is written."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path, PurePosixPath

from yolo_slice.annotations.findings import Finding
from yolo_slice.annotations.record import Reading
from yolo_slice.annotations.result_names import is_safe
from yolo_slice.annotations.voc_folder import VocFolder
from yolo_slice.annotations.voc_image import read_images
from yolo_slice.annotations.voc_lists import FolderLists, SplitList, Stems, find_lists

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
    """

    train: tuple[VocSplit, ...]
    val: tuple[VocSplit, ...]
    test: tuple[VocSplit, ...]
    lines: tuple[str, ...]
    findings: tuple[Finding, ...]

    @property
    def splits(self) -> tuple[VocSplit, ...]:
        """Every split once, in the order train, val, test."""
        return tuple({split.name: split for split in (*self.train, *self.val, *self.test)}.values())


def plan_folder(folder: VocFolder) -> Plan:
    """Take the splits from the lists train, val and test, in any spelling.

    Without a list train, the list trainval serves, else all the annotations, less what val and test hold. A folder with
    a list test alone is for testing alone. Without a list val, a fixed fifth of train becomes it; an empty one says
    that there is no val. A list with the same images as one before it is the same split.
    """
    lists = find_lists(folder.root)
    splits, findings = _read_lists(folder, lists)
    train, held_out = _choose_train(folder, splits), {use: splits[use] for use in ("val", "test") if use in splits}
    findings += _find_equal(train, held_out)
    origin = ", ".join(_describe(folder, lists, train, splits))
    if train is not None and "val" not in lists.by_use and len(train.ids) > 1:
        train, val = split_by_hash(train)
        held_out = {"val": val, **held_out}
    uses = _merge_equal({"train": train, **held_out} if train is not None else held_out)
    counts = ", ".join(f"{use} {len(split.ids)}" for use, split in uses.items())
    train, val, test = (((uses[use],) if use in uses else ()) for use in ("train", "val", "test"))
    lines = (f"{origin} (images: {counts})", *lists.lines)
    return Plan(train, val, test, lines, tuple(findings))


def split_by_hash(split: VocSplit) -> tuple[VocSplit, VocSplit]:
    """Divide a split of two or more images into train and val, the same on every machine.

    An image more or less hardly moves the others.
    """
    shuffled = sorted(split.ids, key=lambda stem: sha256(stem.encode()).digest())
    val = set(shuffled[: max(1, round(VAL_SHARE * len(shuffled)))])
    return _keep(split, "train", set(shuffled) - val), _keep(split, "val", val)


def read_split(folder: VocFolder, listed: SplitList, name: str) -> tuple[VocSplit, list[Finding]]:
    """Read a list: the annotations that its lines mean, and a finding for each line that means none."""
    stems, file = Stems(folder.annotations), listed.files[0]
    deeper = {entry for entry in listed.entries if "/" in entry and _is_deeper(folder, entry)}
    found = {entry: None if entry in deeper else stems.find(entry) for entry in listed.entries}
    faults = {
        entry: "whose annotation is in a deeper folder" if entry in deeper else "which has no annotation"
        for entry, stem in found.items()
        if stem is None
    }
    findings = [
        Finding("missing-annotation", file, f"lists {entry!r}, {fault}", action="left out")
        for entry, fault in faults.items()
    ]
    return VocSplit(name, folder, tuple(dict.fromkeys(stem for stem in found.values() if stem)), file), findings


def _is_deeper(folder: VocFolder, entry: str) -> bool:
    """Tell whether a line with folders means an annotation in a folder below that of the annotations."""
    path = PurePosixPath(entry)
    if len(path.parts) < 2 or not is_safe(entry):
        return False
    places = (folder.annotation_place / path.with_name(f"{name}.xml") for name in (path.name, path.stem))
    try:
        return any(place.is_file() for place in places)
    except OSError:  # too long for the system
        return False


def _find_equal(train: VocSplit | None, held_out: Mapping[str, VocSplit]) -> Iterator[Finding]:
    """Report lists with the same images as train."""
    for other in held_out.values():
        if train is not None and {*train.ids} == {*other.ids}:
            yield Finding("leakage", train.source, f"lists the same images as {other.source.name}", action="kept")


def _merge_equal(splits: Mapping[str, VocSplit]) -> dict[str, VocSplit]:
    """Let a list with the same images as one before it be that split."""
    first: dict[frozenset[str], VocSplit] = {}
    return {use: first.setdefault(frozenset(split.ids), split) for use, split in splits.items()}


def _keep(split: VocSplit, name: str, kept: set[str]) -> VocSplit:
    return replace(split, name=name, ids=tuple(stem for stem in split.ids if stem in kept))


def _read_lists(folder: VocFolder, lists: FolderLists) -> tuple[dict[str, VocSplit], list[Finding]]:
    """Read the lists that are not empty, trainval only if there is no train."""
    splits: dict[str, VocSplit] = {}
    findings: list[Finding] = []
    for use, listed in lists.by_use.items():
        if listed.entries and (use != "trainval" or "train" not in splits):
            splits[use], missing = read_split(folder, listed, use)
            findings += missing
    return splits, findings


def _choose_train(folder: VocFolder, splits: Mapping[str, VocSplit]) -> VocSplit | None:
    """Take train, else trainval or, unless there is a test alone, everything, less what val and test hold."""
    if "train" in splits:
        return splits["train"]
    if [*splits] == ["test"]:
        return None
    everything = VocSplit("train", folder, tuple(folder.annotations), folder.root)
    base = splits.get("trainval", everything)
    held_out = {stem for use in ("val", "test") if use in splits for stem in splits[use].ids}
    rest = _keep(base, "train", {*base.ids} - held_out)
    return rest if rest.ids else None


def _describe(
    folder: VocFolder, lists: FolderLists, train: VocSplit | None, splits: Mapping[str, VocSplit]
) -> Iterator[str]:
    """Say where train and val are from."""
    used = next((use for use in ("train", "trainval") if use in splits), None)
    origin = lists.by_use[used].name if used else folder.root.name
    has_val = "val" in lists.by_use
    if train is not None and not has_val and len(train.ids) > 1:
        yield f"there is no list val: val is a fixed fifth of {origin}"
        yield "train is the rest"
    else:
        yield (
            f"train is {origin if used else f'all in {origin} that no list names'}"
            if train is not None
            else "there is no train"
        )
        val = lists.by_use["val"].name if has_val else ""
        yield f"val is {val}" if "val" in splits else f"there is no val{f' ({val} is empty)' if val else ''}"
