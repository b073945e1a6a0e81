"""What a run compares: a column for each model and method, with the same targets in each."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import PurePath

from yolo_slice.cam.explainer import Explainer
from yolo_slice.cam.explaining import open_explainer
from yolo_slice.cam.prediction_explainer import PredictionExplainer
from yolo_slice.cam.run.settings import CamSettings
from yolo_slice.cam.target_words import parse_target
from yolo_slice.cam.targets import AllTarget, ClassTarget, Target
from yolo_slice.short_names import short_names


@dataclass(frozen=True, slots=True)
class Column:
    """One model with one method.

    Args:
        model: The model's short name.
        explainer: The model, ready to explain.
        targets: What is explained in each picture, by what it is called.
    """

    model: str
    explainer: Explainer | PredictionExplainer
    targets: dict[str, Target]

    @property
    def method(self) -> str:
        """Name of the method."""
        return self.explainer.method.name


def make_columns(settings: CamSettings) -> list[Column]:
    """Load the models and look the targets up in each one's classes.

    Raises:
        SliceError: If a model cannot be loaded, or does not know a class.
    """
    columns = []
    names = short_names(settings.model)
    for (name, model), method in product(zip(names, settings.model, strict=True), settings.method):
        explainer = open_explainer(model, method, **settings.of_explainer)
        columns.append(Column(name, explainer, read_targets(settings, explainer.names)))
    return columns


def read_targets(settings: CamSettings, names: dict[int, str]) -> dict[str, Target]:
    """Turn `classes=` and `target=` into targets; neither means all detections in one map.

    Raises:
        SliceError: For a class that the model does not know, or a target that cannot be read.
    """
    words = [*(settings.classes or []), *([] if settings.target is None else [settings.target])]
    wanted = {}
    for word in words:
        target = parse_target(word, names)
        wanted[names[target.class_id] if isinstance(target, ClassTarget) else word] = target
    return wanted or {"all detections": AllTarget()}


class FileNames:
    """Gives files their names: only what varies within a run is in them, and none is given twice."""

    def __init__(self, columns: Sequence[Column]) -> None:
        self._varies = [len({c.model for c in columns}) > 1, len({c.method for c in columns}) > 1]
        self._varies.append(len(columns[0].targets) > 1)
        self._stems: dict[str, str] = {}
        self._taken: set[str] = set()  # in small letters: many file systems do not tell them from capitals
        self._numbers: Counter[str] = Counter()

    def stem(self, path: str) -> str:
        """Return the stem of a source's results; pictures of the same name in two folders get a number."""
        if path not in self._stems:
            self._stems[path] = self._choose(PurePath(path).stem or "stream")
        return self._stems[path]

    def _choose(self, wanted: str) -> str:
        chosen = wanted
        while self._is_taken(chosen):
            self._numbers[wanted.casefold()] += 1
            chosen = f"{wanted}-{self._numbers[wanted.casefold()] + 1}"
        self._taken.add(chosen.casefold())
        return chosen

    def _is_taken(self, stem: str) -> bool:
        return stem.casefold() in self._taken

    def name(self, path: str, column: Column, target: str) -> str:
        """Return the stem of one map of a source."""
        parts = (column.model, column.method, target)
        words = [re.sub(r"[^\w.+-]+", "-", part) for part, varies in zip(parts, self._varies, strict=True) if varies]
        return "-".join([self.stem(path), *words])
