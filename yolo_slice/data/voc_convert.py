"""Converts a VOC-style folder into a data set that the host trains on; the folder itself is only read."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from yolo_slice.data.finding import Finding
from yolo_slice.data.voc_folder import find_years, open_voc_folder
from yolo_slice.data.voc_plan import Plan, Split, plan_folder
from yolo_slice.data.voc_protocol import plan_devkit
from yolo_slice.data.voc_write import Tally, read_examples, save_split
from yolo_slice.data.work_folder import work_folder
from yolo_slice.errors import SliceError
from yolo_slice.host import services
from yolo_slice.paths import CFG

HEADER = """\
# Made from the PASCAL VOC XML in {root}
#     yolo-slice data voc "{root}" "{dst}"
# Train on it:
#     yolo train model=yolov8n-slice.yaml data="{file}"
# Labels follow the host's VOC.yaml: centre (min + max)/2 - 1 and side max - min in pixels, over the image's size.
# Objects marked difficult are not in labels/; annotations/*.jsonl holds every object, with its corners as in the XML.
"""


@dataclass(frozen=True, slots=True)
class Conversion:
    """What came of a conversion; counts are per split.

    Attributes:
        data_yaml: The data YAML; None if `strict` and there are findings: then nothing was written, and the counts say
            what would have been.
        images: Usable images.
        boxes: Objects in the labels.
        difficult: Objects marked difficult: in annotations/<split>.jsonl, not in the labels.
        findings: Everything that is wrong with the source; files are relative to its root.
    """

    data_yaml: Path | None
    images: dict[str, int]
    boxes: dict[str, int]
    difficult: dict[str, int]
    findings: tuple[Finding, ...]


def convert_voc(root: Path, dst: Path | None = None, strict: bool = False) -> Conversion:
    """Convert VOC XML and its images: labels, copies of the images, data.yaml, and difficult objects kept aside.

    Everything is read twice: once to find the class names and the faults, once to write. dst appears when all is done.

    Args:
        root: A folder with Annotations/ and JPEGImages/ (or images/, or all in one), a VOCdevkit, or its parent.
        dst: New or empty folder outside root; None is `<root>-yolo` beside root.
        strict: Write nothing if there is anything to report.

    Raises:
        SliceError: If root is no VOC folder or has nothing usable in train or val, or dst cannot be used.
    """
    root, dst = _check_folders(Path(root), dst)
    plan = plan_root(root)
    for line in plan.lines:
        services.inform(line)
    tallies = {split.name: _survey(split) for split in plan.splits}
    if strict and (plan.findings or any(tally.findings for tally in tallies.values())):
        return _conclude(None, root, plan, tallies)
    _refuse_empty(root, plan, tallies)
    names = choose_names(name for tally in tallies.values() for name in tally.names)
    with work_folder(next(p for p in dst.parents if p.is_dir()), dst.name) as work:
        tallies = {split.name: save_split(split, work, names) for split in plan.splits}
        (work / "data.yaml").write_text(data_yaml_text(root, dst, plan, names), encoding="utf-8")
        _move_into_place(work, dst)
    return _conclude(dst / "data.yaml", root, plan, tallies)


def plan_root(root: Path) -> Plan:
    """Find out what kind of VOC folder root is, and plan its splits.

    Raises:
        SliceError: If it is none.
    """
    if years := find_years((root, root / "VOCdevkit")):
        return plan_devkit(years)
    if folder := open_voc_folder(root):
        return plan_folder(folder)
    entries = sorted(path.name for path in root.iterdir())
    raise SliceError(
        f"{root} is not a VOC folder: looked for Annotations/*.xml, *.xml, VOC2007/ and VOC2012/ in it, and for the "
        f"last two in VOCdevkit/; found {', '.join(entries[:8]) or 'nothing'}{' ...' if len(entries) > 8 else ''}"
    )


def choose_names(found: Iterable[str]) -> list[str]:
    """Order class names: the 20 of VOC in the host's order if no others were found, else those found, sorted.

    Example:
        >>> choose_names({"WBC", "RBC"})
        ['RBC', 'WBC']
        >>> len(choose_names({"dog"}))
        20
    """
    voc = yaml.safe_load((CFG / "datasets" / "voc.yaml").read_text("utf-8"))["names"].values()
    names = {*found}
    return [*voc] if names <= {*voc} else sorted(names)


def data_yaml_text(root: Path, dst: Path, plan: Plan, names: Sequence[str]) -> str:
    """Write the data YAML; its path is absolute, so that it works from any folder."""
    parts = {"train": plan.train, "val": plan.val, "test": plan.test}
    folders = {key: [f"images/{split.name}" for split in splits] for key, splits in parts.items() if splits}
    folders = {key: value if len(value) > 1 else value[0] for key, value in folders.items()}
    data = {"path": str(dst), **folders, "names": dict(enumerate(names))}
    body = yaml.safe_dump(data, sort_keys=False, allow_unicode=True, width=1000)
    return HEADER.format(root=root, dst=dst, file=dst / "data.yaml") + body


def _check_folders(root: Path, dst: Path | None) -> tuple[Path, Path]:
    """Resolve both; refuse a root that is not there, and a dst that is in use or inside root."""
    root = root.resolve()
    if not root.is_dir():
        raise SliceError(f"{root} is not a folder")
    dst = root.parent / f"{root.name}-yolo" if dst is None else Path(dst).resolve()
    if any(place.exists() and place.samefile(root) for place in (dst, *dst.parents)):
        raise SliceError(f"{dst} lies inside {root}, which is only read; name a folder outside it")
    if dst.exists() and not (dst.is_dir() and next(dst.iterdir(), None) is None):
        raise SliceError(f"{dst} exists and is not an empty folder; remove it, or name another one to write to")
    return root, dst


def _survey(split: Split) -> Tally:
    tally = Tally()
    for _ in read_examples(split, tally, "check"):
        pass
    return tally


def _refuse_empty(root: Path, plan: Plan, tallies: dict[str, Tally]) -> None:
    findings = _collect(root, plan, tallies)
    first = f" ({len(findings)} faults, the first: {findings[0]})" if findings else ""
    for key, splits in (("train", plan.train), ("val", plan.val)):
        if not any(tallies[split.name].images for split in splits):
            raise SliceError(f"{root}: {key} has no usable image{first}")
    if not any(tally.names for tally in tallies.values()):
        raise SliceError(f"{root}: no image has a usable object{first}")


def _move_into_place(work: Path, dst: Path) -> None:
    dst.parent.mkdir(parents=True, exist_ok=True)
    if dst.exists():
        dst.rmdir()  # it is empty; Windows does not rename over a folder
    work.rename(dst)


def _collect(root: Path, plan: Plan, tallies: dict[str, Tally]) -> tuple[Finding, ...]:
    findings = (*plan.findings, *(finding for tally in tallies.values() for finding in tally.findings))
    return tuple(dict.fromkeys(finding.below(root) for finding in findings))  # an image may be in two splits


def _conclude(data_yaml: Path | None, root: Path, plan: Plan, tallies: dict[str, Tally]) -> Conversion:
    return Conversion(
        data_yaml,
        {name: tally.images for name, tally in tallies.items()},
        {name: tally.boxes for name, tally in tallies.items()},
        {name: tally.difficult for name, tally in tallies.items()},
        _collect(root, plan, tallies),
    )
