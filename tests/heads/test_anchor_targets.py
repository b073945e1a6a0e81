"""The assignment against a brute-force loop over all objects, anchors and cells, and against cases done by hand."""

import itertools

import pytest
import torch

from yolo_slice.heads.anchor_targets import Matches, Objects, match

Row = tuple[int, int, int, int, int, float, float, float, float]


def as_rows(found: Matches) -> list[Row]:
    columns = torch.stack((found.image, found.anchor, found.row, found.column, found.label), 1).tolist()
    return sorted((*map(int, index), *box) for index, box in zip(columns, found.xywh.tolist(), strict=True))


def brute_force(objects: Objects, anchors: torch.Tensor, hw: tuple[int, int], threshold: float) -> list[Row]:
    """Ask every anchor of every cell about every object: does it fit, is the cell its own or one of the nearer two?"""
    height, width = hw
    rows: list[Row] = []
    for n, (a, anchor) in itertools.product(range(len(objects.image)), enumerate(anchors.tolist())):
        x, y, w, h = (v * s for v, s in zip(objects.xywhn[n].tolist(), (width, height, width, height), strict=True))
        if max(w / anchor[0], anchor[0] / w, h / anchor[1], anchor[1] / h) >= threshold:
            continue
        own = min(int(x), width - 1), min(int(y), height - 1)
        for row, column in itertools.product(range(height), range(width)):
            beside = row == own[1] and column == own[0] + (-1 if x % 1 < 0.5 else 1 if x % 1 > 0.5 else 0)
            above_or_below = column == own[0] and row == own[1] + (-1 if y % 1 < 0.5 else 1 if y % 1 > 0.5 else 0)
            if (column, row) == own or beside or above_or_below:
                key = int(objects.image[n]), a, row, column, int(objects.label[n])
                rows.append((*key, x - column, y - row, w, h))
    return sorted(rows)


def objects(xywhn: list[list[float]]) -> Objects:
    count = len(xywhn)
    return Objects(torch.arange(count) % 3, torch.arange(count) % 5, torch.tensor(xywhn).view(-1, 4).double())


ANCHORS = torch.tensor([[1.25, 1.625], [2.0, 3.75], [4.125, 2.875]]).double()


@pytest.mark.parametrize(("hw", "threshold"), [((6, 9), 4.0), ((9, 6), 2.0), ((1, 1), 4.0), ((1, 5), 8.0)])
def test_equals_brute_force(hw: tuple[int, int], threshold: float) -> None:
    random = torch.Generator().manual_seed(0)
    drawn = torch.rand(200, 4, generator=random).double()
    drawn[:, 2:] = drawn[:, 2:].square() + 1e-3
    some = objects(drawn.tolist())
    expected = brute_force(some, ANCHORS, hw, threshold)
    found = as_rows(match(some, ANCHORS, hw, threshold))
    assert len(expected) > 30
    assert [row[:5] for row in found] == [row[:5] for row in expected]
    torch.testing.assert_close(torch.tensor(found), torch.tensor(expected))


@pytest.mark.parametrize(
    ("centre", "cells"),
    [
        ((2.3, 2.4), {(2, 2), (2, 1), (1, 2)}),  # (row, column): own, left, above
        ((2.7, 2.4), {(2, 2), (2, 3), (1, 2)}),
        ((2.7, 2.6), {(2, 2), (2, 3), (3, 2)}),
        ((2.5, 2.5), {(2, 2)}),  # as near to both neighbours
        ((0.3, 0.4), {(0, 0)}),  # no cell to the left or above
        ((3.7, 3.8), {(3, 3)}),  # none to the right or below
        ((4.0, 4.0), {(3, 3)}),  # on the far border
        ((0.0, 0.0), {(0, 0)}),
        ((1.0, 2.6), {(2, 1), (3, 1)}),  # on the line between cells 0 and 1: cell 0 is not asked, as in the release
    ],
)
def test_cells_by_hand(centre: tuple[float, float], cells: set[tuple[int, int]]) -> None:
    found = match(objects([[centre[0] / 4, centre[1] / 4, 0.25, 0.25]]), ANCHORS[:1], (4, 4), 4.0)
    assert set(zip(found.row.tolist(), found.column.tolist(), strict=True)) == cells
    x = found.xywh[:, 0] + found.column
    torch.testing.assert_close(x, torch.full_like(x, centre[0]))


def test_threshold_is_exclusive_and_looks_at_both_sides() -> None:
    anchor = torch.tensor([[1.0, 1.0]]).double()
    sides = [(4.0, 1.0), (3.999, 1.0), (1.0, 0.25), (1.0, 0.2501), (4.1, 0.2), (2.0, 3.0)]
    fits = [len(match(objects([[0.5, 0.5, w / 8, h / 8]]), anchor, (8, 8), 4.0).row) > 0 for w, h in sides]
    assert fits == [False, True, False, True, False, True]


def test_nothing_to_match() -> None:
    found = match(objects([]), ANCHORS, (4, 4), 4.0)
    assert found.xywh.shape == (0, 4)
    assert len(match(objects([[0.5, 0.5, 0.0, 0.2]]), ANCHORS, (4, 4), 4.0).row) == 0  # without width
