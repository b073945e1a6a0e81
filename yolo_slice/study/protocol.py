"""A study's protocol: written before anything is trained, and never changed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import yaml

from yolo_slice.errors import SliceError
from yolo_slice.integration.data.bounded_yaml import load_yaml
from yolo_slice.study.arms import Arm
from yolo_slice.study.new_file import make_file

FILE = "study.yaml"
CONCLUDE = (
    "an arm is better or worse than the baseline when its Holm-corrected paired t-test over seeds has p < 0.05; "
    "otherwise not told apart; fewer than 3 seeds: no verdict"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Protocol:
    """What is trained, and what will be concluded from it.

    Attributes:
        study: Its name.
        written: When, in ISO 8601.
        arms: By label.
        baseline: Label of the arm that the others are compared with.
        data: Data YAML files by label.
        seeds: Seeds.
        train: Arguments of `yolo train` that all trainings share.
        metric: The number that decides.
        epoch: Which epoch's.
        interval: Confidence of the intervals.
        correction: For comparing several arms.
        conclude: What will be concluded when.
    """

    study: str
    written: str = field(default_factory=lambda: datetime.now(timezone.utc).isoformat(timespec="seconds"))
    arms: Mapping[str, Arm]
    baseline: str
    data: Mapping[str, str]
    seeds: tuple[int, ...]
    train: Mapping[str, Any]
    metric: str = "AP"
    epoch: str = "last"
    interval: float = 0.95
    correction: str = "holm"
    conclude: str = CONCLUDE

    def as_dict(self) -> dict[str, Any]:
        """Return what study.yaml holds."""
        entries = {name: getattr(self, name) for name in self.__slots__}
        arms = {
            label: {"model": arm.model, **({"convert": arm.convert} if arm.convert else {})}
            for label, arm in self.arms.items()
        }
        return {**entries, "arms": arms, "data": dict(self.data), "seeds": [*self.seeds], "train": dict(self.train)}


def write_protocol(folder: Path, protocol: Protocol) -> bool:
    """Write study.yaml into a folder, which is made, unless one is there; tell whether it was written."""
    folder.mkdir(parents=True, exist_ok=True)
    text = yaml.safe_dump(protocol.as_dict(), sort_keys=False, allow_unicode=True, width=120)
    return make_file(folder / FILE, text)


def read_protocol(folder: Path) -> Protocol:
    """Read a study's study.yaml.

    Raises:
        SliceError: If the folder has none, or it cannot be read.
    """
    file = folder / FILE
    if not file.is_file():
        raise SliceError(f"{folder} is not a study: no {FILE} in it; a new one needs models= and data=")
    entries = load_yaml(file)
    try:
        arms = {str(label): Arm(**entry) for label, entry in entries.pop("arms").items()}
        seeds = tuple(int(seed) for seed in entries.pop("seeds"))
        return Protocol(arms=arms, seeds=seeds, **entries)
    except (AttributeError, KeyError, TypeError, ValueError) as fault:
        raise SliceError(f"{file} is not as a study writes it ({' '.join(str(fault).split())})") from None


def refuse_other(folder: Path, asked: Protocol) -> None:
    """Compare what is asked for with the protocol of a study that exists.

    Raises:
        SliceError: If they differ.
    """
    known, wanted = read_protocol(folder).as_dict(), asked.as_dict()
    differing = [_difference(key, known[key], wanted[key]) for key in known if key != "written"]
    if found := [line for lines in differing for line in lines]:
        raise SliceError(
            f"{folder} is a study with another protocol: {'; '.join(found)}. Name this one with name=, "
            f"or go on with that one: yolo-slice study {folder}"
        )


def _difference(key: str, known: Any, wanted: Any) -> list[str]:
    """Say what differs, entry by entry.

    Example:
        >>> _difference("train", {"epochs": 3, "imgsz": 64}, {"epochs": 5, "imgsz": 64})
        ['epochs is 3 there and 5 here']
    """
    if known == wanted:
        return []
    if key != "train":
        return [f"{key} is {_short(known)} there and {_short(wanted)} here"]
    keys = [name for name in {**known, **wanted} if known.get(name) != wanted.get(name)]
    return [f"{name} is {known.get(name, 'not given')} there and {wanted.get(name, 'not given')} here" for name in keys]


def _short(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, (list, dict)) else str(value)
