"""Videos that OpenCV draws."""

from pathlib import Path

import numpy as np


def write_clip(file: Path, frames: int, side: int = 64, fps: float = 24) -> None:
    """Write noise on which a square wanders."""
    import cv2

    rng = np.random.default_rng(0)
    writer = cv2.VideoWriter(str(file), cv2.VideoWriter.fourcc(*"mp4v"), fps, (side, side))
    ground = rng.integers(0, 80, (side, side, 3), dtype=np.uint8)
    for number in range(frames):
        image = ground.copy()
        place = number % (side - 20)
        image[place : place + 20, place : place + 20] = 220
        writer.write(image)
    writer.release()
