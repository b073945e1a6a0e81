"""Intersection over union, computed by hand."""

import numpy as np
import pytest

from yolo_slice.overlap import overlap


@pytest.mark.parametrize(
    ("a", "b", "iou"),
    [
        ((0, 0, 2, 2), (0, 0, 2, 2), 1),
        ((0, 0, 2, 2), (2, 0, 4, 2), 0),
        ((0, 0, 4, 1), (1, 0, 2, 1), 0.25),
        ((1, 1, 1, 1),) * 2 + (0,),
    ],
)
def test_of_one_box_with_another(a: tuple[float, ...], b: tuple[float, ...], iou: float) -> None:
    one, other = (np.array(box, dtype=np.float64) for box in (a, b))
    assert overlap(one, other[None]).tolist() == overlap(other, one[None]).tolist() == [iou]


def test_of_one_box_with_none_and_with_several() -> None:
    box = np.array([0.0, 0, 10, 10])
    assert overlap(box, np.zeros((0, 4))).shape == (0,)
    assert overlap(box, np.array([[0.0, 0, 10, 5], [20, 20, 30, 30], [5, 5, 15, 15]])).tolist() == [0.5, 0, 25 / 175]
