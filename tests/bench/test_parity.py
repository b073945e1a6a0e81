"""What two runs of one model differ in, counted by hand."""

import numpy as np
import pytest

from yolo_slice.bench.parity import Difference, Run, compare


def test_two_images_by_hand() -> None:
    raw = np.zeros((1, 6, 2))
    ours = Run(
        boxes=[
            np.array([[0, 0, 9, 9, 0.5, 1], [20, 20, 29, 29, 0.5, 1]]),
            np.array([[0, 0, 9, 9, 0.75, 0], [50, 50, 60, 60, 0.5, 0]]),
        ],
        raw=[raw, raw],
    )
    theirs = Run(
        boxes=[
            np.array([[0.25, 0, 9, 9, 0.5, 1], [20, 20, 29, 29, 0.5, 2]]),  # the second is of another class
            np.array([[0, 0, 9, 9.5, 0.625, 0]]),  # and one is not found at all
        ],
        raw=[raw + np.array([3, 0, 0, 0, 0.5, 0])[:, None], raw],
    )
    found = compare(ours, theirs)
    assert found == Difference(compared=2, unmatched=3, box_px=0.5, score=0.125, raw_box_px=3, raw_score=0.5)


def test_no_boxes_at_all() -> None:
    empty = Run([np.zeros((0, 6))], [np.zeros((1, 6, 2))])
    assert (compare(empty, empty).compared, compare(empty, empty).unmatched) == (0, 0)


def test_runs_of_different_images_are_refused() -> None:
    with pytest.raises(ValueError, match="shorter"):
        compare(Run([np.zeros((0, 6))] * 2, []), Run([np.zeros((0, 6))], []))
