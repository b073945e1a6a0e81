"""Images to calibrate on, prepared as Ultralytics' predictor does."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from yolo_slice.integration.inference.model_input import letterbox
from yolo_slice.transfer.random_squares import endless_batches, read_known

HELD_OUT = 8  # every eighth image only judges


@dataclass(frozen=True, slots=True)
class CalibrationImages:
    """Images to fit to, and every eighth of them kept to judge by.

    Attributes:
        files: Images that can be read.
        imgsz: Longer side, pixels.
        stride: Sides are multiples of it.
        device: Where the images shall be.
        seed: Of what is drawn at random.
    """

    files: Sequence[Path]
    imgsz: int
    stride: int
    device: torch.device
    seed: int

    def all(self) -> Iterator[Tensor]:
        """Give every image, (1, 3, H, W)."""
        return load_images(self.files, self.imgsz, self.stride, self.device)

    def to_fit(self) -> Iterator[Tensor]:
        """Give the images to fit to, (1, 3, H, W) each."""
        return load_images(self._to_fit(), self.imgsz, self.stride, self.device)

    def to_judge(self) -> Iterator[Tensor]:
        """Give the images to judge by, (1, 3, H, W) each."""
        return load_images(self.files[::HELD_OUT], self.imgsz, self.stride, self.device)

    def squares(self, number: int) -> Iterator[Tensor]:
        """Give batches of random squares of the images to fit to, (4, 3, S, S), without end; others for each number."""
        return endless_batches(self._to_fit(), self.imgsz, self.device, self.seed + number)

    def _to_fit(self) -> list[Path]:
        return [file for number, file in enumerate(self.files) if number % HELD_OUT]


def load_images(files: Sequence[Path], imgsz: int, stride: int, device: torch.device) -> Iterator[Tensor]:
    """Read images as Ultralytics' predictor does: RGB, 0 to 1, letterboxed to the smallest rectangle.

    Yields:
        (1, 3, H, W) float32, longer side imgsz.
    """
    for file in files:
        yield letterbox(read_known(file), (imgsz, imgsz), stride).to(device)[None]
