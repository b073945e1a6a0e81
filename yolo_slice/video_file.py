"""Videos as files, complete however their making ends."""

from collections.abc import Iterable
from pathlib import Path
from types import TracebackType

import cv2
import numpy as np
from numpy.typing import NDArray

from yolo_slice.errors import SliceError


class VideoFile:
    """Writes (H, W, 3) BGR frames of one size to an mp4 file without sound.

    The file has its name only once it is closed; frames written before an interruption are kept.

    Args:
        path: The file.
        fps: Frames a second.
    """

    def __init__(self, path: Path, fps: float) -> None:
        self.path = path
        self.fps = fps
        self.frames = 0
        self._partial = path.with_name(f"{path.stem}.partial.mp4")
        self._writer = cv2.VideoWriter()
        self._wh = (0, 0)

    def write(self, frame: NDArray[np.uint8]) -> None:
        """Add a frame; one of another size than the first is resized to it.

        Raises:
            SliceError: If OpenCV cannot write such a file.
        """
        if not self._writer.isOpened():
            self._wh = (frame.shape[1], frame.shape[0])
            if not self._writer.open(str(self._partial), cv2.VideoWriter.fourcc(*"mp4v"), self.fps, self._wh):
                raise SliceError(
                    f"{self.path}: this OpenCV ({cv2.__version__}) cannot write mp4 video; install opencv-python"
                )
        self._writer.write(frame if frame.shape[1::-1] == self._wh else cv2.resize(frame, self._wh))
        self.frames += 1

    def __enter__(self) -> "VideoFile":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._writer.release()
        if self.frames:
            self._partial.replace(self.path)


def write_video(path: Path, frames: Iterable[NDArray[np.uint8]], fps: float) -> None:
    """Write (H, W, 3) BGR frames of one size to an mp4 file; no frames make no file.

    Raises:
        SliceError: If OpenCV cannot write such a file.
    """
    with VideoFile(path, fps) as video:
        for frame in frames:
            video.write(frame)
