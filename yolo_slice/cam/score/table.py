"""The table of faithfulness: averages for each model, method and class, and where a method is worse than a baseline."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, astuple, dataclass, fields
from typing import Any

from yolo_slice.csv_text import csv_text
from yolo_slice.markdown_table import literal

BASELINES = ("random", "centre")
ALL = "all"
METRICS = {"pointing": "pointing game", "ebpg": "EBPG", "insertion": "insertion", "deletion": "deletion"}
SMALL_IS_GOOD = "deletion"


@dataclass(frozen=True, slots=True)
class Sample:
    """One map of one class in one image, measured.

    Args:
        model: The model's short name.
        method: Name of the method, or of a baseline.
        class_name: What was explained, in the data set's words.
        pointing: 1 if the maximum is on an object, else 0.
        ebpg: Share of the map's sum inside the boxes.
        is_blank: Whether the map was blank; it counts as 0 then.
        insertion: Area under the insertion curve, None if not measured.
        deletion: Area under the deletion curve, None if not measured.
    """

    model: str
    method: str
    class_name: str
    pointing: float
    ebpg: float
    is_blank: bool
    insertion: float | None = None
    deletion: float | None = None


@dataclass(frozen=True, slots=True)
class ScoreRow:
    """The average of some samples.

    Args:
        model: The model's short name.
        method: Name of the method or baseline.
        class_name: A class, or "all": every sample of every class.
        n: Samples, that is pairs of an image and a class in it.
        blank: How many maps were blank.
        pointing: Mean of the pointing game, 0 to 1.
        ebpg: Mean of the energy-based pointing game, 0 to 1.
        ebpg_to_random: EBPG divided by the random map's.
        n_perturbed: Samples of insertion and deletion.
        insertion: Mean area under the insertion curve, 0 to 1.
        deletion: Mean area under the deletion curve, 0 to 1; small is good.
        note: Which numbers are worse than a baseline's.
    """

    model: str
    method: str
    class_name: str
    n: int
    blank: int
    pointing: float
    ebpg: float
    ebpg_to_random: float | None
    n_perturbed: int
    insertion: float | None
    deletion: float | None
    note: str


def summarise(samples: Sequence[Sample]) -> list[ScoreRow]:
    """Average samples for each model, method and class; the rows "all" come first, baselines after methods."""
    groups: dict[tuple[str, str, str], list[Sample]] = {}
    for sample in samples:
        for name in (ALL, sample.class_name):
            groups.setdefault((sample.model, name, sample.method), []).append(sample)
    means = {key: _means(group) for key, group in groups.items()}
    keys = sorted(groups, key=lambda k: (k[0], k[1] != ALL, k[1], k[2] in BASELINES))
    return [_make_row(key, groups[key], means) for key in keys]


def _means(samples: Sequence[Sample]) -> dict[str, float | None]:
    """Average each metric over the samples that have it."""
    values = {m: [v for s in samples if (v := getattr(s, m)) is not None] for m in METRICS}
    return {metric: sum(v) / len(v) if v else None for metric, v in values.items()}


def _make_row(key: tuple[str, str, str], samples: Sequence[Sample], means: dict[Any, dict[str, Any]]) -> ScoreRow:
    model, class_name, method = key
    own = means[key]
    baselines = {name: means[model, class_name, name] for name in BASELINES if (model, class_name, name) in means}
    chance = baselines.get("random", {}).get("ebpg")
    return ScoreRow(
        model=model,
        method=method,
        class_name=class_name,
        n=len(samples),
        blank=sum(s.is_blank for s in samples),
        ebpg_to_random=own["ebpg"] / chance if chance else None,
        n_perturbed=sum(s.insertion is not None for s in samples),
        note="" if method in BASELINES else _find_fault(own, baselines),
        **own,
    )


def _find_fault(own: dict[str, Any], baselines: dict[str, dict[str, Any]]) -> str:
    """Say which numbers are worse than a baseline's."""
    faults = []
    for metric, title in METRICS.items():
        for name, other in baselines.items():
            if own[metric] is None or other[metric] is None:
                continue
            if metric == SMALL_IS_GOOD and own[metric] > other[metric]:
                faults.append(f"{title} above {name}")
            elif metric != SMALL_IS_GOOD and own[metric] < other[metric]:
                faults.append(f"{title} below {name}")
    return "; ".join(faults)


def to_csv(rows: Iterable[ScoreRow]) -> str:
    """Return the rows as CSV, numbers in full."""
    return csv_text([field.name for field in fields(ScoreRow)], (astuple(row) for row in rows))


def to_json(rows: Iterable[ScoreRow], about: dict[str, Any]) -> str:
    """Return the rows, and what was measured, as JSON."""
    return json.dumps({**about, "rows": [asdict(row) for row in rows]}, indent=2, ensure_ascii=False) + "\n"


def to_markdown(rows: Iterable[ScoreRow]) -> str:
    """Return the rows as a Markdown table."""
    numeric = ["n", "blank", "pointing", "EBPG", "x random", "insertion", "deletion", "n of these"]
    lines = [["model", "class", "method", *numeric, "note"], ["---"] * 3 + ["--:"] * len(numeric) + ["---"]]
    for r in rows:
        numbers = [r.n, r.blank, *map(_written, (r.pointing, r.ebpg)), _written(r.ebpg_to_random, 2)]
        perturbed = [_written(r.insertion), _written(r.deletion), r.n_perturbed or "-"]
        lines.append([*map(literal, (r.model, r.class_name, r.method)), *map(str, [*numbers, *perturbed]), r.note])
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _written(value: float | None, digits: int = 3) -> str:
    return "-" if value is None else f"{value:.{digits}f}"
