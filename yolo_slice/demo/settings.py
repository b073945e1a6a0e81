"""How much the demonstration draws and trains."""

from dataclasses import dataclass
from pathlib import Path

TRAIN, VAL, FRAMES = 160, 40, 90


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoSettings:
    """Draw a data set, train a small slice model on it, detect in a video.

    Attributes:
        out: New or empty folder for everything that is made.
        seed: Seed of the drawings and of the training.
        model: Model file.
        train: Images to train on.
        val: Images to validate on.
        epochs: Passes over the training images.
        batch: Images a step.
        frames: Frames of the video.
    """

    out: Path = Path("demo")
    seed: int = 0
    model: str = "yolov5n-slice.yaml"
    train: int = TRAIN
    val: int = VAL
    epochs: int = 10
    batch: int = 4
    frames: int = FRAMES
