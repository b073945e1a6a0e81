"""Scenes: a landscape with small things on it, the picture that a camera takes of it, and boxes of what it shows."""

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from yolo_slice.demo.ground import Ground, draw_ground
from yolo_slice.demo.placing import populate
from yolo_slice.demo.texture import Image, Rng, blend, f32, fractal_noise
from yolo_slice.demo.things import Stamp, Thing, rasterise

NAMES = ("boat", "car", "tree")  # the lowest first: crowns hang over cars
UNSEEN = 0.15  # a thing of which less is visible gets no label
SOLID = 0.5  # a pixel belongs to a thing that covers half of it


@dataclass(frozen=True, slots=True)
class Label:
    """What a picture shows of one thing.

    Attributes:
        name: Its class.
        xyxy: The extent of its visible pixels, half-open: x2 - x1 is the width.
        visible: Share of it that nothing hides and the border does not cut off.
        truncated: Whether the border cuts it off.
    """

    name: str
    xyxy: tuple[int, int, int, int]
    visible: float
    truncated: bool


@dataclass(frozen=True, slots=True)
class Scene:
    """What there is to see, and through what.

    Attributes:
        ground: The landscape.
        things: What is on it.
        light: (H, W, 3) factors: clouds, exposure, white balance.
        haze: Share of the light that the air scatters.
        blur_px: Standard deviation of the lens's blur.
        grain: Standard deviation of the sensor's noise, of 255.
    """

    ground: Ground
    things: tuple[Thing, ...]
    light: Image
    haze: float
    blur_px: float
    grain: float


@dataclass(frozen=True, slots=True)
class Picture:
    """An (H, W, 3) BGR picture and the labels of what it shows."""

    image: NDArray[np.uint8]
    labels: tuple[Label, ...]


def draw_scene(rng: Rng, hw: tuple[int, ...], traffic: bool = True) -> Scene:
    """Draw a random scene, with or without cars on its road; the same generator state gives the same scene."""
    ground = draw_ground(rng, hw, scale=float(rng.uniform(0.9, 1.3)))
    things = tuple(populate(rng, ground, traffic))
    haze, blur_px, grain = (float(v) for v in rng.uniform([0, 0.35, 1.5], [0.12, 0.7, 4.5]))
    return Scene(ground, things, _draw_light(rng, hw), haze, blur_px, grain)


def take_picture(scene: Scene, rng: Rng, window: tuple[int, int, int, int] | None = None) -> Picture:
    """Take the picture of a window (x1, y1, x2, y2) of the scene, or of all of it."""
    x1, y1, x2, y2 = window or (0, 0, *scene.light.shape[1::-1])
    crop = np.s_[y1:y2, x1:x2]
    image, built = scene.ground.image[crop].copy(), scene.ground.built[crop]
    things = [replace(t, x=t.x - x1, y=t.y - y1) for t in sorted(scene.things, key=lambda t: NAMES.index(t.name))]
    things = [t for t in things if _is_near(t, image.shape)]
    _add_wakes(image, things, built)
    _add_shadows(image, things, scene.ground.sun)
    labels = _add_things(image, things, built)
    return Picture(_expose(image * scene.light[crop], scene, rng), tuple(labels))


def _overlap(hw: tuple[int, ...], stamp: Stamp) -> tuple[tuple[slice, slice], tuple[slice, slice]]:
    """Return the part of the image that a stamp lies on, and the part of the stamp that lies on the image."""
    (h, w), (left, top) = stamp.cover.shape, (stamp.left, stamp.top)
    y1, y2 = np.clip([top, top + h], 0, hw[0]).tolist()
    x1, x2 = np.clip([left, left + w], 0, hw[1]).tolist()
    return np.s_[y1:y2, x1:x2], np.s_[y1 - top : y2 - top, x1 - left : x2 - left]


def _is_near(thing: Thing, hw: tuple[int, ...]) -> bool:
    reach = 5 * thing.radius  # as far as the longest wake
    return -reach < thing.x < hw[1] + reach and -reach < thing.y < hw[0] + reach


def _add_wakes(image: Image, things: list[Thing], built: Image) -> None:
    foam = np.zeros(image.shape[:2], np.float32)
    for thing in things:
        if thing.wake:
            stamp = rasterise(thing, thing.wake)
            here, patch = _overlap(foam.shape, stamp)
            foam[here] = np.maximum(foam[here], stamp.colour[patch][..., 0] / 255)
    blend(image, (232, 234, 230), 0.7 * f32(cv2.GaussianBlur(foam, (0, 0), 1.1)) * (1 - built))


def _add_shadows(image: Image, things: list[Thing], sun: tuple[float, float]) -> None:
    shade = np.zeros(image.shape[:2], np.float32)
    for thing in things:
        if thing.height > 0:
            cast = replace(thing, x=thing.x + thing.height * sun[0], y=thing.y + thing.height * sun[1])
            stamp = rasterise(cast, thing.parts[:1])
            here, patch = _overlap(shade.shape, stamp)
            shade[here] = np.maximum(shade[here], stamp.cover[patch])
    image *= (1 - 0.55 * cv2.GaussianBlur(shade, (0, 0), 0.8))[..., None]


def _add_things(image: Image, things: list[Thing], built: Image) -> list[Label]:
    """Paint the things, each over those before it and boats under bridges; label what remains visible."""
    owner = np.full(image.shape[:2], -1, np.int32)
    stamps = [rasterise(thing, thing.parts) for thing in things]
    for index, (thing, stamp) in enumerate(zip(things, stamps, strict=True)):
        here, patch = _overlap(image.shape, stamp)
        seen = (1 - built[here] if thing.name == "boat" else np.ones_like(built[here]))[..., None]
        image[here] += seen * (stamp.colour[patch] - image[here] * stamp.cover[patch][..., None])
        owner[here][seen[..., 0] * stamp.cover[patch] >= SOLID] = index
    labels = [_label(owner, index, thing, stamps[index]) for index, thing in enumerate(things)]
    return [label for label in labels if label is not None]


def _label(owner: NDArray[np.int32], index: int, thing: Thing, stamp: Stamp) -> Label | None:
    here, patch = _overlap(owner.shape, stamp)
    solid = stamp.cover >= SOLID
    ys, xs = np.nonzero(owner[here] == index)
    if len(xs) < UNSEEN * solid.sum():
        return None
    top, left = here[0].start, here[1].start
    xyxy = left + xs.min(), top + ys.min(), left + xs.max() + 1, top + ys.max() + 1
    x1, y1, x2, y2 = (int(v) for v in xyxy)
    return Label(thing.name, (x1, y1, x2, y2), float(len(xs) / solid.sum()), bool(solid[patch].sum() < solid.sum()))


def _draw_light(rng: Rng, hw: tuple[int, ...]) -> Image:
    """Return clouds' shadows, a slope of brightness, exposure and white balance as one (H, W, 3) factor."""
    y, x = f32(np.mgrid[-1 : 1 : hw[0] * 1j, -1 : 1 : hw[1] * 1j])
    slope = 1 + 0.1 * (rng.uniform(-1, 1) * x + rng.uniform(-1, 1) * y)
    clouds = 1 - rng.uniform(0, 0.35) * fractal_noise(rng, hw, 260, octaves=2)
    return (rng.uniform(0.95, 1.3) * slope * clouds)[..., None] * f32(rng.uniform(0.95, 1.05, 3))


def _expose(image: Image, scene: Scene, rng: Rng) -> NDArray[np.uint8]:
    image = image * (1 - scene.haze) + f32([216, 206, 198]) * scene.haze
    blurred = f32(cv2.GaussianBlur(image, (0, 0), scene.blur_px))
    grain = rng.normal(0, scene.grain, image.shape[:2])[..., None]
    return np.clip(blurred + grain + 0.5, 0, 255).astype(np.uint8)
