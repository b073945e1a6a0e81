"""Which runs belong together: those of one model and one recipe, which differ in their seed."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PureWindowsPath
from typing import TypeVar

from yolo_slice.compare.recipe import differences, recipe, shared_settings
from yolo_slice.compare.runs import Run
from yolo_slice.errors import SliceError

T = TypeVar("T")
NAMED = 3  # settings that a label names to tell two recipes of one model apart


@dataclass(frozen=True, slots=True)
class Model:
    """Runs of one model with one recipe, which differ in their seed.

    Attributes:
        label: The model's name; where several recipes of it are compared, with what distinguishes this one.
        runs: The runs.
        recipe: What they were told.
    """

    label: str
    runs: tuple[Run, ...]
    recipe: Mapping[str, str]

    @property
    def params(self) -> int | None:
        """Number of parameters, before fusing; None where not every run tells the same."""
        return _only({run.checkpoint.params if run.checkpoint else None for run in self.runs})

    @property
    def gflops(self) -> float | None:
        """GFLOPs of one image of 640 x 640 pixels; None where not every run tells the same."""
        return _only({run.checkpoint.gflops or None if run.checkpoint else None for run in self.runs})

    def values(self, at: str, column: str) -> list[float]:
        """List a column's value of each run, at "best" or "last"; empty where a run lacks it."""
        if column == "AP_S":
            found = [run.ap_small if at == "best" else None for run in self.runs]
        else:
            found = [(run.best if at == "best" else run.last).values[column] for run in self.runs]
        return [] if None in found else [value for value in found if value is not None]

    def by_seed(self, at: str, column: str) -> dict[str, float]:
        """Return seed to value of a column; empty where a run lacks it, or two runs have one seed."""
        found = dict(zip((str(run.seed) for run in self.runs), self.values(at, column), strict=False))
        return found if len(found) == len(self.runs) else {}


def group_runs(runs: Sequence[Run], ignore: Collection[str] = ()) -> tuple[list[Model], list[str]]:
    """Put runs of the same model and recipe together, in the order of their first runs.

    A resumed run no longer knows what it started from: it joins the only model of its recipe and network.

    Args:
        runs: At least one.
        ignore: Settings that need not be equal; `model` groups by the network's model file alone.

    Returns:
        The models, and a line for each run that was put somewhere by its network alone.
    """
    is_resolved = all(run.checkpoint for run in runs)
    recipes = [recipe(run, ignore, is_resolved) for run in runs]
    keys = shared_settings(recipes)
    known = [{key: value for key, value in told.items() if key in keys} for told in recipes]
    starts = [None if "model" in ignore else run.model for run in runs]
    members = [_Member(*row) for row in zip(range(len(runs)), runs, starts, known, strict=True)]
    groups: list[list[_Member]] = []
    for member in sorted(members, key=lambda member: member.start is None):  # those that know come first
        fitting = [group for group in groups if _is_alike(member, group[0])]
        fitting = [group for group in fitting if group[0].start == member.start] or fitting
        if len(fitting) == 1:
            fitting[0].append(member)
        else:
            groups.append([member])
    groups = sorted(sorted(group, key=lambda member: member.place) for group in groups)
    return _labelled(groups), [note for group in groups for note in _notes(group)]


@dataclass(frozen=True, slots=True, order=True)
class _Member:
    """A run with what it is grouped by; `start` is None where it is not known, or not to count."""

    place: int
    run: Run = field(compare=False)
    start: str | None = field(compare=False)
    recipe: Mapping[str, str] = field(compare=False)


def _is_alike(a: _Member, b: _Member) -> bool:
    """Whether two runs have the same recipe, and began with the same or, where that is not known, the same network."""
    if any(a.recipe[key] != b.recipe[key] for key in a.recipe.keys() & b.recipe.keys()):
        return False
    return a.start == b.start if a.start and b.start else a.run.architecture == b.run.architecture


def _notes(group: Sequence[_Member]) -> Iterator[str]:
    start = next((member.start for member in group if member.start), None)
    for member in group:
        if start and not member.start:
            text = "resumed, and Ultralytics forgets what such a run started from; counted as"
            yield f"{member.run.folder.as_posix()}: {text} {start}"


def _labelled(groups: Sequence[Sequence[_Member]]) -> list[Model]:
    """Name each model by its file, and where that is not enough, by settings that distinguish it."""
    names = [_name([member.run for member in group]) for group in groups]
    identities = [_identity(group) for group in groups]
    labels: list[str] = []
    for name, identity in zip(names, identities, strict=True):
        namesakes = [other for other, called in zip(identities, names, strict=True) if called == name]
        distinct = differences(namesakes, {key for other in namesakes for key in other})
        labels.append(" ".join([name, *[f"{key}={identity[key]}" for key in distinct if key in identity][:NAMED]]))
    return [
        Model(
            label if labels.count(label) == 1 else f"{label} ({group[0].run.folder.name})",
            tuple(member.run for member in group),
            {key: value for key, value in identity.items() if key != "model"},
        )
        for label, group, identity in zip(labels, groups, identities, strict=True)
    ]


def _identity(group: Sequence[_Member]) -> dict[str, str]:
    """Return a group's recipe, and its model as far as known."""
    start = next((member.start for member in group if member.start), None)
    told = {key: value for member in group for key, value in member.recipe.items()}
    return told | ({"model": start} if start else {})


def _name(runs: Sequence[Run]) -> str:
    """Name the model: its file without the suffix .yaml; weights keep theirs."""
    known = next((run.model for run in runs if run.model), runs[0].architecture)
    return PureWindowsPath(known).name.removesuffix(".yaml")


def find_baseline(models: Sequence[Model], name: str) -> Model:
    """Find the model that a user names: by label, or by model file or run folder if that is one model's only.

    Raises:
        SliceError: If it is none or more than one.
    """
    ways = [
        [model for model in models if name == model.label],
        [model for model in models if name.removesuffix(".yaml") == _name(model.runs)],
        [model for model in models if any(Path(name) in (run.folder, Path(run.folder.name)) for run in model.runs)],
    ]
    found = next(filter(None, ways), [])
    if len(found) != 1:
        labels = ", ".join(repr(model.label) for model in models)
        raise SliceError(
            f"baseline={name}: {'several models have' if found else 'no model has'} this name; models: {labels}"
        )
    return found[0]


def _only(values: set[T | None]) -> T | None:
    return next(iter(values)) if len(values) == 1 else None
