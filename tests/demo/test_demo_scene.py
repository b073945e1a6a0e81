"""Scenes: the same from the same seed, and boxes that are the extent of what was really painted."""

import hashlib
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from yolo_slice.demo.dataset import draw_pictures
from yolo_slice.demo.ground import Ground
from yolo_slice.demo.scene import NAMES, Scene, draw_scene, take_picture
from yolo_slice.demo.things import Thing, draw_boat, draw_car, draw_tree

DRAW = {"boat": draw_boat, "car": draw_car, "tree": draw_tree}
BLACK, WHITE = (0.0, 0.0, 0.0), (255.0, 255.0, 255.0)


@pytest.fixture(scope="module")
def pictures():
    return list(draw_pictures(12, (5,)))


def extent(mask: np.ndarray) -> tuple[int, int, int, int]:
    ys, xs = np.nonzero(mask)
    return int(xs.min()), int(ys.min()), int(xs.max()) + 1, int(ys.max()) + 1


def plain(*things: Thing, side: int = 64) -> Scene:
    """A black landscape without shadows, wakes, haze, blur and grain: what is painted is what comes out."""
    black = np.zeros((side, side, 3), np.float32)
    dry = np.full((side, side), -100, np.float32)
    ground = Ground(black, dry, np.zeros((side, side), np.float32), sun=(1.0, 0.0), scale=1.0)
    flat = tuple(replace(thing, height=0.0, wake=()) for thing in things)
    return Scene(ground, flat, np.ones((side, side, 3), np.float32), haze=0.0, blur_px=0.01, grain=0.0)


def in_colour(thing: Thing, colour: tuple[float, float, float]) -> Thing:
    return replace(thing, parts=tuple((points, colour) for points, _ in thing.parts))


def shoot(scene: Scene):
    return take_picture(scene, np.random.default_rng(0))


def draw(name: str, seed: int, **place: float) -> Thing:
    return replace(DRAW[name](np.random.default_rng(seed), 1.0, (1.0, 0.0)), **place)


@pytest.mark.long
def test_the_same_seed_draws_the_same_bytes():
    def digest(seed: tuple[int, ...]) -> list[str]:
        return [hashlib.sha256(picture.image.tobytes()).hexdigest() for picture in draw_pictures(3, seed)]

    assert digest((3, 0)) == digest((3, 0))
    assert not {*digest((3, 0))} & {*digest((3, 1))}


@pytest.mark.long
def test_a_picture_does_not_depend_on_how_many_are_drawn():
    few, many = list(draw_pictures(2, (0,))), list(draw_pictures(3, (0,)))
    assert np.array_equal(few[1].image, many[1].image)
    assert few[1].labels == many[1].labels


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("seed", range(8))
def test_a_box_is_the_extent_of_the_painted_pixels(name, seed):
    place = dict(
        zip(("x", "y", "angle"), np.random.default_rng(seed).uniform([25, 25, 0], [39, 39, 6.28]), strict=True)
    )
    thing = in_colour(draw(name, seed, **place), WHITE)
    picture = shoot(plain(thing))
    (label,) = picture.labels
    assert label.xyxy == extent(picture.image[..., 0] >= 128)
    assert (label.name, label.visible, label.truncated) == (name, 1.0, False)


@pytest.mark.parametrize("seed", range(5))
def test_the_box_of_a_half_hidden_thing_is_the_extent_of_what_is_left(seed):
    """A white car under a black crown; one pixel is left for the rims, where both cover half."""
    car = in_colour(draw("car", seed, x=30, y=32), WHITE)
    tree = in_colour(draw("tree", seed, x=30 + 0.9 * car.radius, y=32), BLACK)
    (alone,) = shoot(plain(car)).labels
    picture = shoot(plain(car, tree))
    (label,) = (label for label in picture.labels if label.name == "car")
    assert np.abs(np.subtract(label.xyxy, extent(picture.image[..., 0] >= 128))).max() <= 1
    assert label.xyxy[2] < alone.xyxy[2]
    assert label.visible < 0.9


@pytest.mark.slow
def test_removing_a_thing_changes_the_picture_in_its_box_only():
    scene = draw_scene(np.random.default_rng(1), (320, 320))
    ground = replace(scene.ground, built=np.zeros((320, 320), np.float32))
    crowd = replace(plain(*scene.things, side=320), ground=ground)
    whole = shoot(crowd)
    free = [label for label in whole.labels if label.visible == 1]
    for label in free:
        (thing,) = (t for t in crowd.things if t.name == label.name and is_centre(label.xyxy, t))
        without = shoot(replace(crowd, things=tuple(other for other in crowd.things if other is not thing)))
        changed = extent(np.abs(whole.image.astype(int) - without.image).max(axis=2) > 12)
        assert np.abs(np.subtract(label.xyxy, changed)).max() <= 2, label  # the rims cover less than half
    assert len(free) > 15


def is_centre(xyxy: tuple[int, int, int, int], thing: Thing) -> bool:
    return abs((xyxy[0] + xyxy[2]) / 2 - thing.x) < 3 and abs((xyxy[1] + xyxy[3]) / 2 - thing.y) < 3


def test_what_the_border_cuts_off_is_truncated():
    whole = shoot(plain(in_colour(draw("car", 0, x=32, y=32), WHITE)))
    cut = shoot(plain(in_colour(draw("car", 0, x=0, y=32), WHITE)))
    assert cut.labels[0].truncated
    assert cut.labels[0].xyxy[0] == 0
    assert cut.labels[0].visible == pytest.approx(0.5, abs=0.05)
    assert not whole.labels[0].truncated


def test_what_is_hidden_gets_no_label_and_what_is_half_hidden_says_so():
    car = draw("car", 0, x=32, y=32)
    covered = shoot(plain(car, replace(draw("tree", 0), x=32.0, y=32.0, parts=((car.parts[0][0] * 3, WHITE),))))
    assert [label.name for label in covered.labels] == ["tree"]
    beside = shoot(plain(car, replace(draw("car", 1), x=32.0 + car.radius, y=32.0)))
    assert 0.15 < beside.labels[0].visible < 0.8


def test_a_boat_passes_under_a_bridge():
    scene = plain(in_colour(draw("boat", 0, x=32, y=32), WHITE))
    scene.ground.built[:, 32:] = 1
    picture = shoot(scene)
    assert picture.image[:, :32].max() == 255
    assert picture.image[:, 32:].max() == 0
    assert picture.labels[0].xyxy[2] == 32


@pytest.mark.long
def test_sizes_and_classes_are_as_stated(pictures):
    labels = [label for picture in pictures for label in picture.labels]
    sides = np.array([max(x2 - x1, y2 - y1) for x1, y1, x2, y2 in (label.xyxy for label in labels)])
    assert np.mean((sides >= 8) & (sides <= 24)) > 0.9
    numbers = Counter(label.name for label in labels)
    assert set(numbers) == set(NAMES)
    assert min(numbers.values()) > 0.15 * len(labels)


def test_labels_lie_in_the_picture(pictures):
    for picture in pictures:
        h, w = picture.image.shape[:2]
        for label in picture.labels:
            x1, y1, x2, y2 = label.xyxy
            assert 0 <= x1 < x2 <= w
            assert 0 <= y1 < y2 <= h
            assert 0.15 <= label.visible <= 1


def test_a_window_shows_the_same_things_shifted():
    scene = draw_scene(np.random.default_rng(4), (160, 240))
    still = replace(scene, grain=0.0)
    whole = shoot(still)
    part = take_picture(still, np.random.default_rng(0), (40, 0, 240, 160))
    inner = np.s_[8:-8, 8:-8]  # the blur meets another border
    assert np.array_equal(whole.image[:, 40:][inner], part.image[inner])
    moved = {(label.name, label.xyxy[0] - 40, label.xyxy[1]) for label in whole.labels if label.xyxy[0] > 60}
    assert moved
    assert moved <= {(label.name, label.xyxy[0], label.xyxy[1]) for label in part.labels}
