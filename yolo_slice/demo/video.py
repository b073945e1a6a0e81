"""A drawn video: the camera drifts over a landscape in which cars drive and boats sail."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from yolo_slice.demo.ground import Ground
from yolo_slice.demo.placing import draw_positions, find_lanes, put_on
from yolo_slice.demo.scene import Scene, draw_scene, take_picture
from yolo_slice.demo.settings import FRAMES
from yolo_slice.demo.texture import Points, Rng, f32
from yolo_slice.demo.things import Thing, draw_car
from yolo_slice.integration import log
from yolo_slice.video_file import write_video

WH = (480, 320)
FPS = 15
DRIFT_PX = 2  # whole pixels a frame, so that the ground keeps its sharpness


@dataclass(frozen=True, slots=True)
class Mover:
    """A thing under way.

    Attributes:
        thing: The thing, wherever it is.
        route: (N, 2) points about 1 pixel apart.
        start: Its position at frame 0, in points; negative or beyond the end while it is not in sight.
        speed: Points a frame.
    """

    thing: Thing
    route: Points
    start: float
    speed: float

    def at(self, frame: int) -> Thing | None:
        """Return the thing where it is at a frame, None if that is off its route."""
        position = self.start + self.speed * frame
        return put_on(self.thing, self.route, position) if 1 <= position < len(self.route) - 3 else None


def draw_video(path: Path, seed: int = 0, frames: int = FRAMES) -> None:
    """Draw an mp4 video.

    Raises:
        SliceError: If OpenCV cannot write such a file.
    """
    write_video(path, log.progress(draw_frames(seed, frames), "draw video", frames), FPS)


def draw_frames(seed: int, frames: int) -> Iterator[NDArray[np.uint8]]:
    """Draw the frames of the video, (H, W, 3) BGR."""
    rng = np.random.default_rng([seed, 2])
    scene, still, boats = _find_scene(rng, frames)
    movers = [*boats, *_start_traffic(rng, scene.ground, frames)]
    for frame in range(frames):
        moving = [thing for mover in movers if (thing := mover.at(frame))]
        x = DRIFT_PX * frame
        yield take_picture(replace(scene, things=(*still, *moving)), rng, (x, 0, x + WH[0], WH[1])).image


def _find_scene(rng: Rng, frames: int) -> tuple[Scene, list[Thing], list[Mover]]:
    """Draw scenes until one is worth a film: with a road through the middle, trees, boats, and some of them moving."""
    hw = (WH[1], WH[0] + DRIFT_PX * frames)
    while True:
        scene = draw_scene(rng, hw, traffic=False)
        still, boats = _launch(rng, scene, frames)
        numbers = Counter(thing.name for thing in scene.things)
        is_rich = min(numbers["boat"], numbers["tree"]) >= 8 and len(boats) >= 3
        if is_rich and any(_reaches_middle(road, hw) for road in scene.ground.roads):
            return scene, still, boats


def _reaches_middle(road: Points, hw: tuple[int, int]) -> bool:
    return bool(np.linalg.norm(road - f32([hw[1] / 2, hw[0] / 2]), axis=1).min() < hw[1] / 5)


def _start_traffic(rng: Rng, ground: Ground, frames: int) -> Iterator[Mover]:
    """Put cars on every lane, and before it those that arrive during the film; a lane has one speed."""
    for lane in find_lanes(ground):
        speed = float(rng.uniform(1.2, 1.9))
        for position in draw_positions(rng, len(lane) + speed * frames, ground.scale):
            yield Mover(draw_car(rng, ground.scale, ground.sun), lane, position - speed * frames, speed)


def _launch(rng: Rng, scene: Scene, frames: int) -> tuple[list[Thing], list[Mover]]:
    """Send the boats under way ahead if their way is clear, else moor them; return what is still, and the movers."""
    still, movers = [thing for thing in scene.things if not thing.wake], []
    tracks = [(f32([[thing.x, thing.y]]), thing.radius) for thing in still if thing.name == "boat"]
    for boat in (thing for thing in scene.things if thing.wake):
        speed = float(rng.uniform(0.7, 1.2))
        here, ahead = f32([[boat.x, boat.y]]), f32([[np.cos(boat.angle), np.sin(boat.angle)]])
        route = here + np.arange(speed * frames + 5)[:, None] * ahead
        track = here + speed * np.arange(frames)[:, None] * ahead
        if _is_deep(scene.ground, route) and all(_keep_apart(track, boat.radius, *other) for other in tracks):
            movers.append(Mover(boat, route, 1.0, speed))
        else:
            still.append(replace(boat, wake=()))
            track = here
        tracks.append((track, boat.radius))
    return still, movers


def _is_deep(ground: Ground, route: Points) -> bool:
    h, w = ground.depth.shape
    x, y = np.clip(route.astype(int), 0, [w - 1, h - 1]).T
    return bool((ground.depth[y, x] > 8).all())


def _keep_apart(track: Points, radius: float, other: Points, other_radius: float) -> bool:
    """Tell whether two boats, of which each may lie still, pass each other at a distance."""
    return bool(np.linalg.norm(track - other, axis=1).min() > 1.1 * (radius + other_radius))
