"""Trainings compared: mean and spread over the runs of each model, and differences to a baseline."""

import statistics
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from yolo_slice.compare.models import Model, find_baseline, group_runs
from yolo_slice.compare.paired import Paired, pair, verdicts
from yolo_slice.compare.recipe import differences
from yolo_slice.compare.runs import METRICS, Run

COLUMNS = (*METRICS, "AP_S")
MAIN = "mAP50-95"  # verdicts are on this one, of the last epoch: the best is chosen by it


@dataclass(frozen=True, slots=True)
class Spread:
    """A mean and how sure it is.

    Attributes:
        mean: Of the runs.
        deviation: Standard deviation (n - 1); None for one run.
    """

    mean: float
    deviation: float | None


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the table.

    Attributes:
        model: Whose.
        at: "best" (best.pt) or "last" (last epoch).
        epochs: Epoch of each run; None where unknown.
        values: Mean and spread of each column that every run has.
        gains: Differences to the baseline in each column that both have; None without a baseline, and in its own rows.
            Without a seed that both have, they have a mean only: that of one model minus that of the other.
        p: Of the paired t-test, corrected for the number of models; None where there is no verdict.
        verdict: On MAIN at "last"; empty in other rows.
    """

    model: Model
    at: str
    epochs: tuple[int | None, ...]
    values: Mapping[str, Spread]
    gains: Mapping[str, Paired] | None
    p: float | None = None
    verdict: str = ""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Models compared.

    Attributes:
        models: In the order of their first runs.
        baseline: The one that differences are to.
        rows: Two a model: best and last.
        warnings: Why the numbers may not be comparable.
        notes: What else a reader must know, besides the findings of each run.
    """

    models: tuple[Model, ...]
    baseline: Model | None
    rows: tuple[Row, ...]
    warnings: tuple[str, ...]
    notes: tuple[str, ...]


def compare(runs: Sequence[Run], baseline: str | None = None, ignore: Collection[str] = ()) -> Comparison:
    """Compare runs.

    Args:
        runs: At least one.
        baseline: Label of a model, its file's name, or a run of it.
        ignore: Settings in which runs of one model may differ, such as a data set's path on two machines; `model`
            groups by the network's model file alone.

    Raises:
        SliceError: If the baseline is not one of the models.
    """
    models, joined = group_runs(runs, ignore)
    base = find_baseline(models, baseline) if baseline else None
    rows = [_row(model, at, base) for model in models for at in ("best", "last")]
    return Comparison(tuple(models), base, tuple(_judged(rows)), tuple(_warnings(models)), tuple(joined))


def spread(values: Sequence[float]) -> Spread:
    """Return mean and standard deviation (n - 1).

    Example:
        >>> spread([1.0, 3.0]), spread([1.0])
        (Spread(mean=2.0, deviation=1.4142135623730951), Spread(mean=1.0, deviation=None))
    """
    return Spread(statistics.fmean(values), statistics.stdev(values) if len(values) > 1 else None)


def difference(ours: Model, theirs: Model, at: str, column: str) -> Paired | None:
    """Return the differences of two models; None where a run lacks the column.

    Where no seed is in both, or one is there twice, it is the difference of the means, and nobody knows how sure.
    """
    means = [model.values(at, column) for model in (ours, theirs)]
    if not all(means):
        return None
    found = pair(ours.by_seed(at, column), theirs.by_seed(at, column))
    return found if found.seeds else Paired((), statistics.fmean(means[0]) - statistics.fmean(means[1]))


def _row(model: Model, at: str, base: Model | None) -> Row:
    numbers = [run.best if at == "best" else run.last for run in model.runs]
    found = {column: values for column in COLUMNS if (values := model.values(at, column))}
    row = Row(model, at, tuple(n.epoch for n in numbers), {c: spread(values) for c, values in found.items()}, None)
    if base is None or base is model:
        return row
    return replace(row, gains={c: gain for c in found if (gain := difference(model, base, at, c))})


def _judged(rows: Sequence[Row]) -> Iterator[Row]:
    """Add the verdicts, which are on the main column of the last epoch."""
    asked = [row for row in rows if row.gains is not None and row.at == "last"]
    found = verdicts(row.gains.get(MAIN, Paired(())) for row in asked if row.gains is not None)
    judged = dict(zip(map(id, asked), found, strict=True))
    for row in rows:
        p, verdict = judged.get(id(row), (None, ""))
        yield replace(row, p=p, verdict=verdict)


def _warnings(models: Sequence[Model]) -> Iterable[str]:
    """Say what makes the models' numbers not comparable."""
    if unequal := differences([model.recipe for model in models], {key for model in models for key in model.recipe}):
        texts = [f"{key} {_by_value(values, models)}" for key, values in unequal.items()]
        yield f"the models were not trained alike: {'; '.join(texts)}"
    runs = [run for model in models for run in model.runs]
    if len(versions := {run.checkpoint.version for run in runs if run.checkpoint}) > 1:
        yield f"the runs are of different Ultralytics: {', '.join(sorted(versions))}"
    if len(areas := {run.ap_area for run in runs if run.ap_area}) > 1:
        yield f"AP_S does not mean the same in all runs: {', '.join(sorted(areas))}"
    for model in models:
        seeds = [str(run.seed) for run in model.runs]
        if repeated := sorted({seed for seed in seeds if seeds.count(seed) > 1}):
            yield f"{model.label}: several runs of seed {', '.join(repeated)}; their spread is not a spread of seeds"
        if unfinished := [run.folder.as_posix() for run in model.runs if run.is_unfinished]:
            yield f"{model.label}: its numbers include unfinished runs ({', '.join(unfinished)})"
    if len(sets := {frozenset(str(run.seed) for run in model.runs) for model in models}) > 1:
        yield f"the models were not trained with the same seeds ({len(sets)} different sets)"


def _by_value(values: Sequence[str | None], models: Sequence[Model]) -> str:
    labels: dict[str, list[str]] = {}
    for value, model in zip(values, models, strict=True):
        labels.setdefault("unknown" if value is None else value, []).append(model.label)
    return " / ".join(f"{value} ({', '.join(of)})" for value, of in labels.items())
