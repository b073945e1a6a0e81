"""Landscapes seen from above: meadows, fields, water, roads, car parks and roofs, as textures."""

from dataclasses import dataclass, field

import cv2
import numpy as np

from yolo_slice.demo.texture import (
    Image,
    Points,
    Rng,
    blend,
    f32,
    fill,
    fractal_noise,
    shift,
    smoothstep,
    stroke,
    turned,
)

# Colours are BGR, as OpenCV has them.
MEADOW = [(62, 106, 88), (58, 96, 96), (70, 112, 108), (52, 88, 74)]
FIELD = [(84, 118, 132), (72, 108, 124), (80, 132, 126), (96, 128, 150)]
SAND = (140, 172, 188)
DEEP = [(88, 66, 34), (82, 74, 38), (70, 72, 52), (98, 80, 40)]
SHALLOW = [(142, 130, 86), (138, 140, 98), (112, 118, 92), (150, 142, 80)]
ROOFS = [(62, 82, 142), (78, 92, 128), (104, 96, 90), (168, 168, 164), (84, 80, 84)]
ROAD_WIDTH, BAY_WIDTH, BAY_LENGTH = 25.0, 9.5, 18.0  # of a camera at scale 1, pixels


@dataclass(slots=True)
class Ground:
    """A landscape without the things on it.

    Attributes:
        image: (H, W, 3) BGR, 0..255.
        depth: (H, W) pixels from the shore, positive in the water.
        built: (H, W) 1 where a road, a car park or a roof is.
        roads: Centre lines, (N, 2) points about 1 pixel apart.
        bays: (x, y, angle) of every place of the car parks.
        sun: (dx, dy) of the shadow of something 1 pixel high.
        scale: Size of things; 1 is a car of about 16 pixels.
    """

    image: Image
    depth: Image
    built: Image
    sun: tuple[float, float]
    scale: float
    roads: list[Points] = field(default_factory=list)
    bays: list[tuple[float, float, float]] = field(default_factory=list)


def draw_ground(rng: Rng, hw: tuple[int, ...], scale: float) -> Ground:
    """Draw a random landscape: water in two of three, nearly always a road, often a car park and roofs."""
    angle = rng.uniform(0, 2 * np.pi)
    depth = _draw_depth(rng, hw)
    sun = (float(np.cos(angle)), float(np.sin(angle)))
    ground = Ground(_draw_land(rng, hw), depth, np.zeros(hw, np.float32), sun, scale)
    _draw_water(rng, ground)
    if rng.random() < 0.85:
        _draw_road(rng, ground)
    if rng.random() < 0.6 or not ground.roads:
        _draw_car_park(rng, ground)
    for _ in range(rng.integers(0, 5)):
        _draw_roof(rng, ground)
    return ground


def _draw_land(rng: Rng, hw: tuple[int, ...]) -> Image:
    image = np.empty((*hw, 3), np.float32)
    image[:] = MEADOW[rng.integers(len(MEADOW))]
    blend(image, MEADOW[rng.integers(len(MEADOW))], fractal_noise(rng, hw, 90))
    crop = smoothstep(0.52, 0.58, fractal_noise(rng, hw, 220, octaves=2))
    blend(image, FIELD[rng.integers(len(FIELD))], 0.85 * crop)
    image *= 1 + (_furrows(rng, hw) * crop)[..., None]
    blend(image, (112, 136, 150), 0.7 * smoothstep(0.62, 0.85, fractal_noise(rng, hw, 60)))  # bare soil
    image *= (0.74 + 0.52 * fractal_noise(rng, hw, 14, octaves=4, gain=0.75))[..., None]
    blend(image, (110, 142, 156), 0.6 * stroke(hw, [_crossing(rng, hw, bend=0.5)], 2))  # a footpath
    return image


def _furrows(rng: Rng, hw: tuple[int, ...]) -> Image:
    y, x = f32(np.mgrid[: hw[0], : hw[1]])
    angle, period = rng.uniform(0, np.pi), rng.uniform(5, 9)
    along = x * np.cos(angle) + y * np.sin(angle) + 3 * fractal_noise(rng, hw, 60)
    return f32(rng.uniform(0.04, 0.1) * np.sin(2 * np.pi * along / period))


def _draw_depth(rng: Rng, hw: tuple[int, ...]) -> Image:
    """Return pixels from a wobbly shore: a coast, a river, or dry land."""
    y, x = f32(np.mgrid[: hw[0], : hw[1]])
    angle, reach = rng.uniform(0, 2 * np.pi), min(hw)
    along = (x - hw[1] / 2) * np.cos(angle) + (y - hw[0] / 2) * np.sin(angle)
    along += 0.35 * reach * (fractal_noise(rng, hw, 170, octaves=5, gain=0.4) - 0.5)
    kind = rng.random()
    if kind < 0.4:
        return along + rng.uniform(-0.12, 0.2) * reach
    if kind < 0.7:
        return rng.uniform(0.13, 0.22) * reach - np.abs(along)
    return np.full(hw, -reach, np.float32)


def _draw_water(rng: Rng, ground: Ground) -> None:
    hw, depth, image = ground.depth.shape, ground.depth, ground.image
    colour = rng.integers(len(DEEP))
    water = np.empty_like(image)
    water[:] = SHALLOW[colour]
    blend(water, DEEP[colour], smoothstep(-2, 34, depth + 14 * (fractal_noise(rng, hw, 40) - 0.5)))
    water *= (0.93 + 0.14 * _ripples(rng, hw))[..., None]
    grain = fractal_noise(rng, hw, 5, octaves=2)
    blend(image, SAND, 0.8 * smoothstep(-16, -5, depth) * (0.8 + 0.2 * grain))
    image *= (1 - 0.25 * smoothstep(-5, 0, depth))[..., None]  # wet sand
    blend(image, water, smoothstep(-0.7, 0.7, depth))
    foam = smoothstep(0, 1, depth) * (1 - smoothstep(1, 3.5, depth))
    blend(image, (226, 230, 226), 0.55 * foam * smoothstep(0.3, 0.7, grain))


def _ripples(rng: Rng, hw: tuple[int, ...]) -> Image:
    """Return waves in [0, 1], twice as long across the wind as along it."""
    side = max(hw)
    waves = fractal_noise(rng, (side, side * 2), 12, octaves=3, gain=0.7)
    matrix = cv2.getRotationMatrix2D((side, side / 2), float(rng.uniform(0, 180)), 1)
    matrix[:, 2] += [hw[1] / 2 - side, hw[0] / 2 - side / 2]
    return f32(cv2.warpAffine(waves, matrix, hw[::-1], borderMode=cv2.BORDER_REFLECT))


def _crossing(rng: Rng, hw: tuple[int, ...], bend: float) -> Points:
    """Return a smooth line of points 1 pixel apart from beyond one edge to beyond the opposite one."""
    angle, half = rng.uniform(0, np.pi), 0.75 * np.hypot(hw[0], hw[1])
    through = f32([hw[1], hw[0]]) * rng.uniform(0.25, 0.75, 2)
    knots = turned(f32([[-half, 0], [0, rng.uniform(-bend, bend) * half], [half, 0]]), angle) + through
    t = np.linspace(0, 1, int(2 * half))[:, None]
    return f32(np.hstack([(1 - t) ** 2, 2 * t * (1 - t), t**2]) @ knots)  # a quadratic Bezier curve


def _draw_road(rng: Rng, ground: Ground) -> None:
    """Draw the driest of some random roads; where it still meets water it is a bridge and casts a shadow."""
    hw = ground.depth.shape
    candidates = [_crossing(rng, hw, bend=0.35) for _ in range(8)]
    masks = [stroke(hw, [line[::6]], round(ROAD_WIDTH * ground.scale)) for line in candidates]
    best = int(np.argmin([(mask * (ground.depth > -6)).sum() / (mask.sum() + 1) for mask in masks]))
    line, road = candidates[best], masks[best]
    wet = smoothstep(-1, 1, ground.depth)
    dx, dy = (4 * s for s in ground.sun)
    ground.image *= (1 - 0.5 * shift(road, dx, dy) * wet)[..., None]
    shoulder = cv2.GaussianBlur(stroke(hw, [line], round(ROAD_WIDTH * ground.scale) + 6), (0, 0), 2)
    blend(ground.image, (120, 140, 150), 0.6 * shoulder * (1 - wet))
    blend(ground.image, _draw_asphalt(rng, hw), road)
    _draw_road_marks(ground, line)
    ground.roads.append(line)
    np.maximum(ground.built, road, out=ground.built)


def _draw_asphalt(rng: Rng, hw: tuple[int, ...]) -> Image:
    grey = rng.uniform(78, 122) * (0.88 + 0.24 * fractal_noise(rng, hw, 40, octaves=6, gain=0.8))
    return grey[..., None] * f32([1.02, 1, 0.98])


def _draw_road_marks(ground: Ground, line: Points) -> None:
    hw = ground.depth.shape
    dashes = [line[i : i + 8] for i in range(0, len(line) - 8, 18)]
    blend(ground.image, (214, 218, 220), 0.75 * stroke(hw, dashes, 1))
    edges = [beside(line, side * (ROAD_WIDTH / 2 - 1.6) * ground.scale) for side in (-1, 1)]
    blend(ground.image, (206, 210, 212), 0.4 * stroke(hw, edges, 1))


def beside(line: Points, offset_px: float) -> Points:
    """Return the line moved sideways; positive is to the right of its direction on the screen."""
    tangent = np.gradient(line, axis=0)
    tangent /= np.linalg.norm(tangent, axis=1, keepdims=True)
    return line + offset_px * np.stack([-tangent[:, 1], tangent[:, 0]], axis=1)


def _find_site(rng: Rng, ground: Ground, wh: tuple[float, float]) -> tuple[Points, float] | None:
    """Find dry free ground for a rectangle, parallel to the road if there is one: its centre and angle."""
    hw = ground.depth.shape
    taken = (ground.depth > -14) | (ground.built > 0)
    for _ in range(20):
        centre = f32(rng.uniform(0.1, 0.9, 2) * hw[::-1])
        angle = _road_angle(ground, centre) if ground.roads else float(rng.uniform(0, np.pi))
        site = fill(hw, _rectangle(wh[0] + 8, wh[1] + 8, angle) + centre)
        if (site * taken).sum() < 0.02 * site.sum():
            return centre, angle
    return None


def _road_angle(ground: Ground, centre: Points) -> float:
    line = ground.roads[0]
    i = int(np.argmin(np.linalg.norm(line - centre, axis=1)[:-1]))
    dx, dy = line[i + 1] - line[i]
    return float(np.arctan2(dy, dx))


def _rectangle(width: float, height: float, angle: float) -> Points:
    corners = f32([[-1, -1], [1, -1], [1, 1], [-1, 1]])
    return turned(corners * f32([width / 2, height / 2]), angle)


def _window(ground: Ground, centre: Points, reach: float) -> tuple[Image, Image, Points]:
    """Return views of the picture and of what is built around a place, and the place in their coordinates."""
    (h, w), (x, y) = ground.depth.shape, centre
    top, bottom = max(0, int(y - reach)), min(h, int(y + reach))
    left, right = max(0, int(x - reach)), min(w, int(x + reach))
    here = np.s_[top:bottom, left:right]
    return ground.image[here], ground.built[here], centre - f32([left, top])


def _draw_car_park(rng: Rng, ground: Ground) -> None:
    """Draw one or two rows of bays on asphalt, with white lines between them."""
    columns, rows, scale = int(rng.integers(5, 10)), int(rng.integers(1, 3)), ground.scale
    width, height = columns * BAY_WIDTH * scale, (rows * BAY_LENGTH + 12) * scale
    site = _find_site(rng, ground, (width, height))
    if site is None:
        return
    centre, angle = site
    image, built, middle = _window(ground, centre, np.hypot(width, height) / 2 + 8)
    area = fill(built.shape, _rectangle(width + 8, height + 8, angle) + middle)
    blend(image, _draw_asphalt(rng, built.shape), area)
    np.maximum(built, area, out=built)
    across = (np.arange(columns + 1) - columns / 2) * BAY_WIDTH * scale
    for row in range(rows):
        y = (2 * row - 1) * (BAY_LENGTH / 2 + 6) * scale if rows == 2 else 0.0
        ends = f32([[0, y - BAY_LENGTH / 2 * scale], [0, y + BAY_LENGTH / 2 * scale]])
        lines = [turned(ends + f32([x, 0]), angle) + middle for x in across]
        blend(image, (210, 214, 214), 0.6 * stroke(built.shape, lines, 1))
        for x in (across[1:] + across[:-1]) / 2:
            bay = turned(f32([[x, y]]), angle)[0] + centre
            ground.bays.append((float(bay[0]), float(bay[1]), angle + np.pi / 2))


def _draw_roof(rng: Rng, ground: Ground) -> None:
    """Draw a gable roof: the side towards the sun is brighter, and the house casts a shadow."""
    width, height = rng.uniform(26, 48) * ground.scale, rng.uniform(20, 30) * ground.scale
    site = _find_site(rng, ground, (width, height))
    if site is None:
        return
    centre, angle = site
    image, built, middle = _window(ground, centre, np.hypot(width, height) / 2 + 12 * ground.scale)
    outline = fill(built.shape, _rectangle(width, height, angle) + middle)
    cast = shift(outline, *(7 * ground.scale * s for s in ground.sun))
    image *= (1 - 0.5 * cv2.GaussianBlur(cast, (0, 0), 1))[..., None]
    colour = f32(ROOFS[rng.integers(len(ROOFS))]) * rng.uniform(0.85, 1.1)
    tiles = 0.9 + 0.2 * fractal_noise(rng, built.shape, 4, octaves=2)
    down = turned(f32([[0, 1]]), angle)[0]  # across the ridge
    for side in (-1, 1):
        half = fill(built.shape, _rectangle(width, height / 2, angle) + middle + side * height / 4 * down)
        blend(image, colour * (1 - 0.22 * side * float(down @ ground.sun)) * tiles[..., None], half)
    np.maximum(built, outline, out=built)
