"""Pointing game, EBPG, insertion and deletion against loops over pixels and against curves known beforehand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yolo_slice.cam.score.faithfulness import (
    box_mask,
    centre_map,
    deletion_auc,
    energy_inside,
    insertion_auc,
    points_at,
    random_map,
)

SIDE = st.integers(0, 24)


@st.composite
def boxes_and_heat(draw):
    boxes = []
    for _ in range(draw(st.integers(1, 3))):
        x1, x2 = sorted((draw(SIDE), draw(SIDE) + 1))
        y1, y2 = sorted((draw(SIDE), draw(SIDE) + 1))
        boxes.append([x1, y1, max(x2, x1 + 1), max(y2, y1 + 1)])
    heat = np.random.default_rng(draw(st.integers(0, 10**6))).random((26, 25), np.float32)
    return np.array(boxes, float), heat


@settings(max_examples=60, deadline=None)
@given(boxes_and_heat(), st.floats(0, 12))
def test_both_games_against_loops(case, tolerance: float) -> None:
    boxes, heat = case
    inside = total = 0.0
    best, best_at = -1.0, (0.0, 0.0)
    for y in range(heat.shape[0]):
        for x in range(heat.shape[1]):
            value = float(heat[y, x])
            total += value
            if any(x1 <= x < x2 and y1 <= y < y2 for x1, y1, x2, y2 in boxes):
                inside += value
            if value > best:
                best, best_at = value, (x + 0.5, y + 0.5)
    assert energy_inside(heat, boxes) == pytest.approx(inside / total, rel=1e-6)
    near = min(
        ((best_at[0] - min(max(best_at[0], x1), x2)) ** 2 + (best_at[1] - min(max(best_at[1], y1), y2)) ** 2) ** 0.5
        for x1, y1, x2, y2 in boxes
    )
    if abs(near - tolerance) > 1e-9:
        assert points_at(heat, boxes, tolerance) == (near <= tolerance)


def test_blank_maps_score_nothing() -> None:
    blank, boxes = np.zeros((8, 8), np.float32), np.array([[0.0, 0, 8, 8]])
    assert energy_inside(blank, boxes) == 0
    assert not points_at(blank, boxes)


def test_boxes_at_the_edge_keep_a_pixel() -> None:
    assert box_mask((4, 4), np.array([[3.9, 3.9, 4.0, 4.0]])).sum() == 1
    assert box_mask((4, 4), np.array([[-1.0, -1, 0.2, 9]]))[:, 0].all()


def brightness(images) -> np.ndarray:
    return np.float32([image.mean() for image in images]) / 255


def test_curves_that_are_known_beforehand() -> None:
    """A white picture, a score that is the brightness: deletion falls linearly from 1 to 114/255, whatever the map."""
    white = np.full((10, 10, 3), 255, np.uint8)
    heat = np.arange(100, dtype=np.float32).reshape(10, 10)
    rng = np.random.default_rng(0)
    assert deletion_auc(white, heat, brightness, 10, rng) == pytest.approx((1 + 114 / 255) / 2, abs=1e-6)
    assert insertion_auc(white, heat, brightness, 10, rng) == pytest.approx(1)


def test_order_of_deletion_is_hottest_first() -> None:
    """All of the score in one quarter: deleted first, area = trapezoids 1, 0, 0, 0, 0; last, 1, 1, 1, 1, 0."""
    image = np.zeros((8, 8, 3), np.uint8)
    seen = []

    def corner(images):
        seen.extend(images)
        return np.float32([(i[:4, :4] != 114).all() for i in images])

    heat = np.zeros((8, 8), np.float32)
    heat[:4, :4] = 1
    rng = np.random.default_rng(0)
    assert deletion_auc(image, heat, corner, 4, rng) == pytest.approx(0.125)
    assert deletion_auc(image, 1 - heat, corner, 4, rng) == pytest.approx(0.875)
    assert [int((i == 114).all(2).sum()) for i in seen[:5]] == [0, 16, 32, 48, 64]


def test_insertion_starts_blurred_and_ends_sharp() -> None:
    image = np.random.default_rng(0).integers(0, 255, (40, 40, 3), np.uint8)
    seen = []
    insertion_auc(
        image,
        centre_map((40, 40)),
        lambda images: seen.extend(images) or np.zeros(len(images)),
        2,
        np.random.default_rng(0),
    )
    assert np.array_equal(seen[2], image)
    assert seen[0].std() < image.std() / 2
    assert np.array_equal(seen[1][20, 20], image[20, 20])
    assert np.array_equal(seen[1][0, 0], seen[0][0, 0])


def test_baselines_know_nothing() -> None:
    noise = random_map((320, 480), np.random.default_rng(3))
    assert noise.shape == (320, 480)
    assert 0 <= noise.min() < 0.2 < 0.8 < noise.max() <= 1
    shares = [
        energy_inside(random_map((96, 96), np.random.default_rng(i)), np.array([[0.0, 0, 48, 48]])) for i in range(300)
    ]
    assert np.mean(shares) == pytest.approx(0.25, abs=0.01)  # the box's share of the area
    centre = centre_map((101, 51))
    assert np.unravel_index(centre.argmax(), centre.shape) == (50, 25)
    assert centre[50, 25] == 1
    assert centre[0, 25] == pytest.approx(np.exp(-((50 / 101) ** 2) / (2 * 0.25**2)), rel=1e-5)
