"""How much the demonstration draws and trains."""

from dataclasses import dataclass, replace
from pathlib import Path

TRAIN, VAL, FRAMES = 160, 40, 90
DRAW_S, TRAIN_S = 0.3, 0.25  # of CPU, for a picture drawn and looked at, and for one trained on once


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
        quick: Draw and train a small part of it: all steps, and a training too short to find anything.
    """

    out: Path = Path("demo")
    seed: int = 0
    model: str = "yolov5n-slice.yaml"
    train: int = TRAIN
    val: int = VAL
    epochs: int = 10
    batch: int = 4
    frames: int = FRAMES
    quick: bool = False

    @property
    def chosen(self) -> "DemoSettings":
        """What is drawn and trained: if it shall be quick, no more than that takes."""
        if not self.quick:
            return self
        most = {"train": 40, "val": 10, "epochs": 5, "frames": 20}
        return replace(self, quick=False, **{key: min(getattr(self, key), value) for key, value in most.items()})

    @property
    def cpu_minutes(self) -> float:
        """About how long one core computes for it, where there is no GPU."""
        seconds = 25 + DRAW_S * (self.train + self.val + self.frames) + TRAIN_S * self.epochs * self.train
        return seconds / 60
