"""The arms of a study: what `models=` names, each with a label that is a file name, too."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar, get_args

from yolo_slice.errors import SliceError
from yolo_slice.transfer.settings import Form

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Arm:
    """What one model starts from.

    Attributes:
        model: Model file (random weights) or checkpoint.
        convert: Form that the checkpoint is converted to before training; empty: it is trained as it is.
    """

    model: str
    convert: str = ""

    @property
    def is_trained(self) -> bool:
        """Whether training starts from weights."""
        return self.model.endswith(".pt")


def read_arms(models: Sequence[str]) -> dict[str, Arm]:
    """Read `models=`, and find what is a file.

    Returns:
        Arms by label, in the order given.

    Raises:
        SliceError: If a file is missing, a form of conversion is unknown, or an arm is named twice.
    """
    arms = [_read_arm(word) for word in models]
    for number, arm in enumerate(arms):
        if arm in arms[:number]:
            raise SliceError(f"models: {models[number]} is named twice; a study's arms must differ")
    return unique_labels([(_label(arm), arm) for arm in arms])


def unique_labels(named: Iterable[tuple[str, T]]) -> dict[str, T]:
    """Key values by their names, with a number after a name that is taken.

    Example:
        >>> unique_labels([("a", 1), ("A", 2), ("b", 3)])
        {'a': 1, 'A-2': 2, 'b': 3}
    """
    found: dict[str, T] = {}
    for name, value in named:
        taken, label, number = {label.casefold() for label in found}, name, 1
        while label.casefold() in taken:  # file systems may ignore case
            number += 1
            label = f"{name}-{number}"
        found[label] = value
    return found


def safe_name(text: str) -> str:
    """Make a text a file name everywhere.

    Example:
        >>> safe_name("yolov8n.pt+spd"), safe_name("my model: 2"), safe_name("..")
        ('yolov8n.pt+spd', 'my-model-2', 'unnamed')
    """
    return re.sub(r"[^\w.+=-]+", "-", text).strip(".-") or "unnamed"


def _read_arm(word: str) -> Arm:
    model, colon, form = word.rpartition(":") if re.search(r"\.pt:[^/\\]*$", word) else (word, "", "")
    if colon and form not in get_args(Form):
        forms = ", ".join(f"{model}:{known}" for known in get_args(Form))
        raise SliceError(f"models: {word}: unknown form {form!r}; expected one of {forms}")
    suffix = Path(model).suffix
    file = model if suffix in (".pt", ".yaml", ".yml") else f"{model}.yaml"
    if Path(file).is_file():
        return Arm(str(Path(file).resolve()), form)
    if Path(file).name != file:
        raise SliceError(f"models: {file} is not there")
    return Arm(file, form)


def _label(arm: Arm) -> str:
    name = Path(arm.model).name.removesuffix(".yaml").removesuffix(".yml")
    return safe_name(f"{name}+{arm.convert}" if arm.convert else name)


def find_arm(arms: Mapping[str, Arm], name: str) -> str:
    """Return the label of the arm that `baseline=` names, by label or as in `models=`.

    Raises:
        SliceError: If it is none.
    """
    if name in arms:
        return name
    wanted = _read_arm(name)
    for label, arm in arms.items():
        if arm == wanted:
            return label
    raise SliceError(f"baseline={name} is no arm of the study; arms: {', '.join(arms)}")
