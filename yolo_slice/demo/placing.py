"""Where things go: cars in lanes and bays, boats on open water, trees on free land, none on top of another."""

from dataclasses import dataclass, field, replace

import cv2
import numpy as np

from yolo_slice.demo.ground import ROAD_WIDTH, Ground, beside
from yolo_slice.demo.texture import Image, Points, Rng, f32, fractal_noise, smoothstep
from yolo_slice.demo.things import Thing, draw_boat, draw_car, draw_tree

ROOM = 2500  # pixels of land or water for one tree or boat, at scale 1


@dataclass(slots=True)
class Crowd:
    """Things that keep their distance.

    Attributes:
        things: Those placed so far.
        circles: The (x, y, radius) of each.
    """

    things: list[Thing] = field(default_factory=list)
    circles: list[tuple[float, float, float]] = field(default_factory=list)

    def add(self, thing: Thing) -> None:
        """Add a thing where it is, without asking the others."""
        self.things.append(thing)
        self.circles.append((thing.x, thing.y, thing.radius))

    def add_if_free(self, thing: Thing, apart: float = 0.72) -> None:
        """Add a thing where it is, unless it is nearer to another one than this share of the sum of their radii."""
        radius = thing.radius
        if all(np.hypot(thing.x - x, thing.y - y) > apart * (radius + r) for x, y, r in self.circles):
            self.add(thing)


def populate(rng: Rng, ground: Ground, traffic: bool = True) -> list[Thing]:
    """Place cars, boats and trees, with or without cars on the road."""
    crowd = Crowd()
    for lane in find_lanes(ground) if traffic else []:
        for position in draw_positions(rng, len(lane), ground.scale):
            car = put_on(draw_car(rng, ground.scale, ground.sun), lane, position)
            if is_inside(car, ground.depth.shape):
                crowd.add_if_free(car)
    _fill_bays(rng, ground, crowd)
    _scatter_boats(rng, ground, crowd)
    _line_roads(rng, ground, crowd)
    _scatter_trees(rng, ground, crowd)
    return crowd.things


def find_lanes(ground: Ground) -> list[Points]:
    """Return the lanes of all roads in the direction of travel, driving on the right."""
    quarter = ROAD_WIDTH / 4 * ground.scale
    return [beside(way, quarter) for line in ground.roads for way in (line, line[::-1])]


def draw_positions(rng: Rng, length_px: float, scale: float) -> list[float]:
    """Draw where the cars are on a lane: at random, with a car's length between them at least."""
    gaps = scale * (22 + rng.exponential(40, int(length_px / 22) + 1))
    positions = np.cumsum(gaps)
    return positions[positions < length_px].tolist()


def put_on(thing: Thing, route: Points, position: float) -> Thing:
    """Return the thing at a position, in points, along a route, heading along it."""
    i = int(np.clip(position, 1, len(route) - 3))
    t = position - i
    x, y = route[i] * (1 - t) + route[i + 1] * t
    dx, dy = route[i + 2] - route[i - 1]
    return replace(thing, x=float(x), y=float(y), angle=float(np.arctan2(dy, dx)))


def is_inside(thing: Thing, hw: tuple[int, ...], margin_px: float = 3) -> bool:
    """Tell whether the thing's centre is in the picture and not at its very edge."""
    return margin_px <= thing.x < hw[1] - margin_px and margin_px <= thing.y < hw[0] - margin_px


def _fill_bays(rng: Rng, ground: Ground, crowd: Crowd) -> None:
    """Park cars in about half of the bays; neighbours are nearer than strangers may be, so they are not asked."""
    for x, y, angle in ground.bays:
        turn = angle + rng.normal(0, 0.03) + np.pi * int(rng.integers(2))
        car = replace(draw_car(rng, ground.scale, ground.sun), x=x + rng.normal(0, 0.4), y=y, angle=turn)
        if rng.random() < 0.5 and is_inside(car, ground.depth.shape):
            crowd.add(car)


def _scatter_boats(rng: Rng, ground: Ground, crowd: Crowd) -> None:
    """Scatter boats where the water is wide enough; those under way have a wind of their own, the moored share one."""
    wind = rng.uniform(0, 2 * np.pi)
    open_water = (ground.depth > 10 * ground.scale) & (_near(ground.built, 9 * ground.scale) == 0)
    for x, y in _draw_places(rng, f32(open_water), 1.1 * ROOM * ground.scale**2):
        boat = draw_boat(rng, ground.scale, ground.sun)
        angle = rng.uniform(0, 2 * np.pi) if boat.wake else wind + rng.normal(0, 0.25)
        crowd.add_if_free(replace(boat, x=x, y=y, angle=float(angle)))


def _line_roads(rng: Rng, ground: Ground, crowd: Crowd) -> None:
    """Plant trees along half of the roads; their crowns hang over the cars."""
    for line in ground.roads:
        for side in (-1, 1) if rng.random() < 0.5 else ():
            kerb = beside(line, side * (ROAD_WIDTH / 2 + 2) * ground.scale)
            for position in draw_positions(rng, len(kerb), ground.scale):
                x, y = kerb[int(position)]
                tree = replace(draw_tree(rng, ground.scale, ground.sun), x=float(x), y=float(y))
                if is_inside(tree, ground.depth.shape) and ground.depth[int(y), int(x)] < -5:
                    crowd.add_if_free(tree, apart=0.38)


def _scatter_trees(rng: Rng, ground: Ground, crowd: Crowd) -> None:
    free = (ground.depth < -5) & (_near(ground.built, 3 * ground.scale) == 0)
    groves = 0.25 + 0.75 * smoothstep(0.35, 0.7, fractal_noise(rng, ground.depth.shape, 90, octaves=2))
    for x, y in _draw_places(rng, free * groves, 1.2 * ROOM * ground.scale**2):
        crowd.add_if_free(replace(draw_tree(rng, ground.scale, ground.sun), x=x, y=y), apart=0.5)


def _near(mask: Image, reach_px: float) -> Image:
    side = 2 * round(reach_px) + 1
    return f32(cv2.dilate(mask, np.ones((side, side), np.uint8)))


def _draw_places(rng: Rng, density: Image, room: float) -> list[tuple[float, float]]:
    """Draw points with the given (H, W) density in [0, 1], one in `room` pixels where it is 1."""
    h, w = density.shape
    points = rng.uniform(0, 1, (round(h * w / room), 3)) * [w - 1, h - 1, 1]
    return [(float(x), float(y)) for x, y, chance in points if chance < density[int(y), int(x)]]
