"""Which errors are worth a look: the largest objects that nothing found, and the most confident false alarms."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from yolo_slice.metrics.errors.gains import SIZES, ErrorAnalysis
from yolo_slice.metrics.errors.judgement import Bools, edges
from yolo_slice.metrics.errors.kinds import BACKGROUND, KINDS, MISSED, RIGHT
from yolo_slice.overlap import overlap

SHOWN = 8  # of a group


@dataclass(frozen=True, slots=True)
class Case:
    """An error, or something that one model finds and another does not.

    Attributes:
        image: Number of its image.
        object: Row of the object; None for the background.
        detection: Row of the detection; None if there is none near.
        title: What it is.
        detail: What was found instead.
    """

    image: int
    object: int | None
    detection: int | None
    title: str
    detail: str


@dataclass(frozen=True, slots=True)
class Group:
    """The first of several cases.

    Attributes:
        title: What they have in common.
        total: How many there are.
        cases: Those to be shown.
    """

    title: str
    total: int
    cases: tuple[Case, ...]


def missed_objects(one: ErrorAnalysis) -> list[Group]:
    """Group the objects that no detection found by size, the largest first."""
    lost = one.judged.is_counted & ~one.judged.is_found
    return [
        _objects(f"Not found, {size}", one, lost & (one.object_sizes == number)) for number, size in enumerate(SIZES)
    ]


def false_alarms(one: ErrorAnalysis) -> list[Group]:
    """Group the wrong detections by kind, the most confident first."""
    groups = []
    for number, kind in [*enumerate(KINDS)][:MISSED]:
        rows = np.flatnonzero((one.judged.kind == number) & ~one.judged.is_set_aside)
        rows = rows[np.argsort(-one.found.score[one.judged.rows[rows]], kind="stable")]
        groups.append(
            Group(f"False alarms, {kind}", len(rows), tuple(_alarm(one, row) for row in rows[:SHOWN].tolist()))
        )
    return groups


def found_by_one(names: tuple[str, str], pair: tuple[ErrorAnalysis, ErrorAnalysis]) -> list[Group]:
    """Group the objects that only one of two models found, by size, with what the other made of them."""
    groups = []
    for (finder, other), (one, two) in ((names, pair), (names[::-1], pair[::-1])):
        only = one.judged.is_found & ~two.judged.is_found
        for number, size in enumerate(SIZES):
            title = f"Found by {finder}, not by {other}: {size}"
            groups.append(_objects(title, two, only & (two.object_sizes == number)))
    return groups


def found_counts(pair: tuple[ErrorAnalysis, ErrorAnalysis]) -> Mapping[str, tuple[int, ...]]:
    """Count, by size, the objects that both models found, the first only, the second only, and neither."""
    one, two = (each.judged.is_found for each in pair)
    counted, sizes = pair[0].judged.is_counted, pair[0].object_sizes
    parts = (one & two, one & ~two, ~one & two, ~one & ~two & counted)
    return {size: tuple(int(np.sum(part & (sizes == n))) for part in parts) for n, size in enumerate(SIZES)}


def are_comparable(one: ErrorAnalysis, two: ErrorAnalysis) -> bool:
    """Tell whether two models were measured on the same objects."""
    a, b = one.truth, two.truth
    return a.images == b.images and np.array_equal(a.image, b.image) and np.array_equal(a.xywh, b.xywh)


def _objects(title: str, one: ErrorAnalysis, chosen: Bools) -> Group:
    rows = np.flatnonzero(chosen)
    rows = rows[np.argsort(-one.truth.area[rows], kind="stable")]
    return Group(title, len(rows), tuple(_nearest(one, row) for row in rows[:SHOWN].tolist()))


def _nearest(one: ErrorAnalysis, row: int) -> Case:
    """Describe an object that is not found by what overlaps it most, if that is more than background."""
    truth, image = one.truth, int(one.truth.image[row])
    rows = one.judged.rows[one.found.image[one.judged.rows] == image]
    ious = overlap(edges(truth.xywh[row : row + 1])[0], edges(one.found.xywh[rows]))
    title = f"{truth.classes[truth.label[row]]}, {np.sqrt(truth.area[row]):.0f} px"
    if not len(ious) or ious.max() < BACKGROUND:
        return Case(image, row, None, title, "nothing near")
    best = int(rows[ious.argmax()])
    other = "; right about another" if one.judged.kind[one.judged.rows == best] == RIGHT else ""
    return Case(image, row, best, title, f"nearest: {_named(one, best)}, IoU {ious.max():.2f}{other}")


def _alarm(one: ErrorAnalysis, at: int) -> Case:
    row, about = int(one.judged.rows[at]), int(one.judged.object[at])
    image = int(one.found.image[row])
    if about < 0:
        return Case(image, None, row, _named(one, row), "no object there")
    label = one.truth.classes[one.truth.label[about]]
    return Case(image, about, row, _named(one, row), f"object: {label}, IoU {one.judged.iou[at]:.2f}")


def _named(one: ErrorAnalysis, row: int) -> str:
    return f"{one.truth.classes[one.found.label[row]]} {one.found.score[row]:.2f}"
