"""Outputs compared, by hand: each part by its scale, lists of boxes in any order, constants as no evidence."""

import math

import pytest
import torch

from yolo_slice.deploy.agreement import compare, differing, unlikeness
from yolo_slice.errors import SliceError


def decoded(box: float, score: float) -> torch.Tensor:
    """(1, 4 + 2, 3): boxes and scores of 3 places."""
    return torch.cat([torch.full((1, 4, 3), box), torch.full((1, 2, 3), score)], 1)


def test_each_part_has_its_own_scale() -> None:
    ours, theirs = decoded(100, 0.01), decoded(100, 0.01)
    theirs[0, 4, 1] = 0.009  # nothing beside the boxes, a tenth of the scores
    found = compare([ours], [theirs], [decoded(50, 0.02)], (4, 2))
    assert found.difference == pytest.approx(0.1)
    assert found.response == pytest.approx(0.5)
    assert found.is_evidence
    assert compare([ours], [theirs], [ours]).difference == pytest.approx(1e-5, rel=1e-3)


def test_agreement_about_a_constant_is_no_evidence() -> None:
    ours = decoded(100, 0.5)
    assert not compare([ours], [ours], [decoded(100, 0.9)], (4, 2)).is_evidence  # the boxes are always the same
    assert not compare([ours], [ours], [decoded(90, 0.5)], (4, 2)).is_evidence
    assert compare([ours], [ours], [decoded(90, 0.4)], (4, 2)).is_evidence


def test_faint_scores_are_compared_with_a_scale_that_matters() -> None:
    """An untrained model's: 7e-8, by which a runtime's Sigmoid may be off, is 2e-3 of 4e-5; another score is not."""
    ours, other = decoded(100, 4e-5), decoded(50, 2e-2)
    assert compare([ours], [decoded(100, 4e-5 + 7e-8)], [other], (4, 2)).difference == pytest.approx(7e-5, rel=1e-2)
    assert compare([ours], [decoded(100, 5e-5)], [other], (4, 2)).difference == pytest.approx(1e-2, rel=1e-2)
    rows = ROWS * torch.tensor([1, 1, 1, 1, 4e-5, 1])
    moved = rows + torch.tensor([0, 0, 0, 0, 7e-8, 0])
    assert compare([rows], [moved], [rows * 0]).difference == pytest.approx(7e-5, rel=1e-2)


def test_every_output_counts() -> None:
    one, other = torch.ones(1, 2), torch.zeros(1, 2)
    assert compare([one, one], [one, other], [other, other]).difference == 1


def test_what_is_not_a_number_is_a_difference() -> None:
    nothing = torch.full((1, 2), math.nan)
    assert not compare([torch.ones(1, 2)] * 2, [torch.ones(1, 2), nothing], [torch.zeros(1, 2)] * 2).difference <= 1e9


def test_other_shapes_are_refused() -> None:
    with pytest.raises(SliceError, match=r"shapes \[\(1, 84, 8400\)\], expected \[\(1, 84, 2100\)\]"):
        compare([torch.ones(1, 84, 2100)], [torch.ones(1, 84, 8400)], [torch.ones(1, 84, 2100)])


ROWS = torch.tensor([[[0, 0, 10, 10, 0.9, 1], [5, 5, 20, 20, 0.9, 0], [0, 0, 40, 40, 0.5, 1], [1, 1, 2, 2, 0.1, 0]]])


def test_lists_may_swap_boxes_of_equal_scores_and_the_last_one() -> None:
    swapped = ROWS[:, [1, 0, 2, 3]].clone()
    swapped[0, 3, :4] = 0
    assert compare([ROWS], [swapped], [ROWS * 0]).difference == 0
    moved = ROWS.clone()
    moved[0, 2, 0] = 4
    assert compare([ROWS], [moved], [ROWS * 0]).difference == pytest.approx(0.1)
    renamed = ROWS.clone()
    renamed[0, 2, 5] = 0
    assert compare([ROWS], [renamed], [ROWS * 0]).difference == pytest.approx(
        0.75
    )  # the nearest of class 1 is the first


def test_of_8_bits_the_whole_counts_and_not_one_score() -> None:
    random = torch.Generator().manual_seed(0)
    ours = torch.cat([200 * torch.rand(1, 4, 900, generator=random), 0.01 * torch.rand(1, 3, 900, generator=random)], 1)
    ours[0, 5, 7] = 0.9
    theirs = ours.clone()
    theirs[0, 5, 7] = 0.005  # the best of all scores is lost
    assert compare([ours], [theirs], [ours.flip(2)], (4, 3)).difference > 0.9
    assert compare([ours], [theirs], [ours.flip(2)], (4, 3), unlikeness).difference < 0.05
    other = torch.cat([ours[:, :4], ours[:, 4:].flip(2)], 1)
    for wrong in (other, ours[:, :, :1].expand_as(ours)):
        assert not compare([ours], [wrong], [ours.flip(2)], (4, 3), unlikeness).difference < 0.5
    assert math.isnan(compare([ours], [ours * math.nan], [ours.flip(2)], (4, 3), unlikeness).difference)
    assert compare([ROWS], [ROWS], [ROWS * 0], by=unlikeness).difference == pytest.approx(0, abs=1e-6)


def test_class_maps_are_compared_pixel_by_pixel() -> None:
    """Not by the difference of class numbers, nor taken for a list of boxes, which whole numbers in columns may be."""
    ours, other = torch.zeros(1, 10, 10), torch.arange(10.0).expand(1, 10, 10)
    theirs = ours.clone()
    theirs[0, 3, 7] = 19
    found = compare([ours], [theirs], [other], (4, 2), differing)
    assert (found.difference, found.response) == (pytest.approx(0.01), pytest.approx(0.9))
    assert found.is_evidence
    assert not compare([ours], [ours], [ours], (4, 2), differing).is_evidence
