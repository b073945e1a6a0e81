"""The small things to find: cars, boats and trees seen from above, as stacks of polygons."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from yolo_slice.demo.texture import Image, Points, Rng, f32, turned

Colour = tuple[float, float, float]
PAINT = [(232, 234, 234), (232, 234, 234), (200, 202, 202), (164, 164, 162), (170, 196, 208), (50, 48, 48)]
PAINT += [(48, 42, 176), (164, 88, 36), (100, 116, 44), (56, 156, 208)]
HULL = [(236, 238, 238), (228, 232, 232), (214, 206, 190), (150, 84, 40), (60, 56, 150), (90, 130, 160)]
LEAVES = [(42, 84, 58), (40, 92, 74), (44, 78, 52), (36, 70, 62), (54, 104, 96)]
GLASS = (64, 52, 44)
SUPERSAMPLING = 6
BEARINGS = np.linspace(0, 2 * np.pi, 24, endpoint=False)
CIRCLE = f32(np.stack([np.cos(BEARINGS), np.sin(BEARINGS)], axis=1))


@dataclass(frozen=True, slots=True)
class Thing:
    """One thing at one place.

    Attributes:
        name: Its class.
        parts: (N, 2) polygons about the origin, pixels, heading along x, with their BGR colours; the lowest first.
        height: How far its shadow falls, pixels.
        wake: Foam on the water behind it, in the same form; white is the strongest.
        x, y: Its place in the landscape.
        angle: Its heading, radians, from x towards y.
    """

    name: str
    parts: tuple[tuple[Points, Colour], ...]
    height: float
    wake: tuple[tuple[Points, Colour], ...] = ()
    x: float = 0.0
    y: float = 0.0
    angle: float = 0.0

    @property
    def radius(self) -> float:
        """Return the distance of the farthest corner of its outline, its lowest part; pixels."""
        return float(np.hypot(*self.parts[0][0].T).max())


@dataclass(frozen=True, slots=True)
class Stamp:
    """A thing as it falls on the pixels: colour times coverage, and coverage, of the patch at (left, top)."""

    colour: Image
    cover: Image
    left: int
    top: int


def rasterise(thing: Thing, layers: tuple[tuple[Points, Colour], ...]) -> Stamp:
    """Draw polygons, given about the origin, at the thing's place and heading; anti-aliased by supersampling."""
    placed = [turned(points, thing.angle) + f32([thing.x, thing.y]) for points, _ in layers]
    corners = np.concatenate(placed)
    left, top = (int(v) for v in np.floor(corners.min(axis=0)) - 1)
    right, bottom = (int(v) for v in np.ceil(corners.max(axis=0)) + 1)
    big = np.zeros(((bottom - top) * SUPERSAMPLING, (right - left) * SUPERSAMPLING, 4), np.uint8)
    for points, (_, colour) in zip(placed, layers, strict=True):
        fixed = np.round((points - f32([left, top])) * SUPERSAMPLING).astype(np.int32)
        cv2.fillPoly(big, [fixed], (*colour, 255))
    small = f32(cv2.resize(big, (right - left, bottom - top), interpolation=cv2.INTER_AREA))
    return Stamp(small[..., :3], small[..., 3] / 255, left, top)


def draw_car(rng: Rng, scale: float, _sun: tuple[float, float]) -> Thing:
    """Draw a car or, one in five, a van: body, windscreens, roof, lamps."""
    is_van = rng.random() < 0.2
    length = scale * (rng.uniform(19, 22) if is_van else rng.uniform(15, 18))
    width = scale * (rng.uniform(7.6, 8.2) if is_van else rng.uniform(6.8, 7.8))
    paint = _vary(rng, PAINT)
    a, b = length / 2, width / 2
    front, back = (0.62, -0.96) if is_van else (0.34, -0.72)
    parts = [(_rounded(a, b), _dim(paint, 0.78)), (_rounded(a * 0.97, b * 0.86), paint)]
    glass = [(front, 0.8), (front - 0.26, 0.66), (back + 0.2, 0.66), (back, 0.76)]
    outline = [(x * a, y * b) for x, y in glass] + [(x * a, -y * b) for x, y in reversed(glass)]
    parts.append((f32(outline), GLASS))
    roof = [(front - 0.24, 0.7), (back + 0.2, 0.7), (back + 0.2, -0.7), (front - 0.24, -0.7)]
    parts.append((f32([(x * a, y * b) for x, y in roof]), _dim(paint, 1.1)))
    for side in (-1, 1):
        lamp = _rounded(0.05 * a, 0.16 * b)
        parts.append((lamp + f32([0.93 * a, side * 0.62 * b]), (225, 240, 245)))
        parts.append((lamp + f32([-0.95 * a, side * 0.66 * b]), (40, 36, 150)))
    return Thing("car", tuple(parts), height=2.2 * scale * (1.5 if is_van else 1))


def draw_boat(rng: Rng, scale: float, _sun: tuple[float, float]) -> Thing:
    """Draw a motor boat: pointed hull, deck, cabin with a windscreen; half of them under way, with a wake."""
    length = scale * rng.uniform(12, 25)
    a, b = length / 2, length / 2 * rng.uniform(0.3, 0.4)
    hull, deck = _vary(rng, HULL), _vary(rng, [(118, 152, 184), (196, 204, 208), (160, 186, 204), (128, 120, 112)])
    parts = [(_hull(a, b), hull), (_hull(a * 0.84, b * 0.7) - f32([0.04 * a, 0]), deck)]
    if length > 15 * scale or rng.random() < 0.5:
        cabin = _rounded(0.3 * a, 0.52 * b) + f32([rng.uniform(-0.2, 0.05) * a, 0])
        parts.append((cabin + f32([0.13 * a, 0]), GLASS))
        parts.append((cabin, (236, 238, 238)))
    else:
        for x in (-0.45, 0.05):
            parts.append((_rounded(0.07 * a, 0.6 * b) + f32([x * a, 0]), (70, 92, 116)))
    parts.append((_rounded(0.09 * a, 0.2 * b) - f32([0.98 * a, 0]), (44, 42, 42)))  # outboard motor
    wake = _draw_wake(rng, a, b) if rng.random() < 0.5 else ()
    return Thing("boat", tuple(parts), height=1.2 * scale, wake=wake)


def draw_tree(rng: Rng, scale: float, sun: tuple[float, float]) -> Thing:
    """Draw a crown: clumps of leaves around and over each other, the brighter the nearer to the sun and the top."""
    radius = scale * rng.uniform(4.2, 10.5)
    leaves = _vary(rng, LEAVES, spread=0.15)
    to_sun = -f32(sun)
    parts = [(_clump(rng, 0.86 * radius), _dim(leaves, 0.62))]
    for level, (count, reach) in enumerate([(9, 0.62), (9, 0.42), (7, 0.24)]):
        for angle in rng.uniform(0, 2 * np.pi, count):
            middle = reach * radius * np.sqrt(rng.uniform(0.3, 1)) * f32([np.cos(angle), np.sin(angle)])
            facing = float(middle @ to_sun) / radius
            light = 0.74 + 0.14 * level + 0.42 * facing + rng.uniform(-0.07, 0.07)
            blob = _clump(rng, radius * rng.uniform(0.2, 0.36))
            parts.append((blob + middle + 0.12 * level * radius * to_sun, _dim(leaves, light)))
    return Thing("tree", tuple(parts), height=0.75 * radius)


DRAW: dict[str, Callable[[Rng, float, tuple[float, float]], Thing]] = {
    "car": draw_car,
    "boat": draw_boat,
    "tree": draw_tree,
}


def _rounded(a: float, b: float, power: float = 3.6) -> Points:
    """Return a superellipse of half-axes a, b: between an ellipse (power 2) and a rectangle."""
    return f32([a, b]) * np.sign(CIRCLE) * np.abs(CIRCLE) ** (2 / power)


def _hull(a: float, b: float) -> Points:
    side = [(-1, 0.72), (-0.6, 0.92), (-0.1, 1), (0.3, 0.88), (0.62, 0.6), (0.86, 0.26), (1, 0)]
    return f32([(x * a, y * b) for x, y in side] + [(x * a, -y * b) for x, y in reversed(side[:-1])])


def _clump(rng: Rng, radius: float) -> Points:
    """Return a wobbly circle."""
    size, phase = rng.uniform(0, 0.09, 4), rng.uniform(0, 2 * np.pi, 4)
    wobble = 1 + np.sin(np.outer(BEARINGS, (2, 3, 5, 7)) + phase) @ size
    return f32(radius * wobble[:, None] * CIRCLE)


def _draw_wake(rng: Rng, a: float, b: float) -> tuple[tuple[Points, Colour], ...]:
    """Return flecks of foam: a churned tail, and two waves from the bow that spread and fade; the faintest first."""
    flecks, strength, reach = [], rng.uniform(0.6, 1.0), rng.uniform(4, 6.5)
    for behind in np.linspace(reach, 0, 34):
        fade = 255 * strength * (1 - behind / reach)
        for middle in (-1, 0, 1):  # the waves start beside the bow, the tail at the stern
            x = (0.5 if middle else -1.0) - behind
            y = middle * (0.85 + 0.2 * behind) + rng.normal(0, 0.14 if middle else 0.3)
            size = b * rng.uniform(0.2, 0.45) * (1 if middle else 1.3)
            level = fade * rng.uniform(0.35, 1) * (0.8 if middle else 1)
            flecks.append((CIRCLE[::3] * f32([1.6 * size, size]) + f32([x * a, y * b]), (level,) * 3))
    return tuple(flecks)


def _vary(rng: Rng, colours: Sequence[Colour], spread: float = 0.1) -> Colour:
    """Pick a colour and change it a little: its brightness, less so its hue."""
    colour = np.array(colours[int(rng.integers(len(colours)))]) * rng.uniform(1 - spread, 1 + spread)
    b, g, r = np.clip(colour * rng.uniform(1 - spread / 3, 1 + spread / 3, 3), 0, 255)
    return float(b), float(g), float(r)


def _dim(colour: Colour, factor: float) -> Colour:
    b, g, r = np.clip(np.array(colour) * factor, 0, 255)
    return float(b), float(g), float(r)
