"""Videos as files, complete however their making ends."""

from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType

import cv2
import numpy as np
from numpy.typing import NDArray

from yolo_slice.errors import SliceError
from yolo_slice.write_lock import only_writer

LEAST_ROOM = 1 << 16  # bytes


class VideoFile:
    """Writes (H, W, 3) BGR frames of one size to an mp4 file without sound.

    The file has its name only once it is closed; frames written before an interruption are kept.

    Args:
        path: The file.
        fps: Frames a second.
    """

    def __init__(self, path: Path, fps: float) -> None:
        self.path = path
        self.fps = round(fps, 3 if fps < 65 else 1)  # MPEG-4 counts time in at most 65535 parts of a second
        self.frames = 0
        self._partial = path.with_name(f"{path.stem}.partial.mp4")
        self._writer = cv2.VideoWriter()
        self._wh = (0, 0)
        self._lock = ExitStack()

    def write(self, frame: NDArray[np.uint8]) -> None:
        """Add a frame; one of another size than the first is resized to it.

        Raises:
            SliceError: If OpenCV cannot write such a file.
        """
        if not self._writer.isOpened():
            self._wh = (frame.shape[1], frame.shape[0])
            self._make_room()
            if not self._writer.open(str(self._partial), cv2.VideoWriter.fourcc(*"mp4v"), self.fps, self._wh):
                raise SliceError(
                    f"{self.path}: this OpenCV ({cv2.__version__}) cannot write mp4 video; install opencv-python"
                )
        self._writer.write(frame if frame.shape[1::-1] == self._wh else cv2.resize(frame, self._wh))
        self.frames += 1

    def _make_room(self) -> None:
        """Begin the file: OpenCV does not say what hinders it."""
        try:
            self._partial.write_bytes(bytes(LEAST_ROOM))
        except OSError as fault:
            self._partial.unlink(missing_ok=True)
            raise SliceError(f"{self.path} could not be written ({fault.strerror})") from fault

    def __enter__(self) -> "VideoFile":
        self._lock.enter_context(only_writer(self.path, self._partial.with_name(f"{self._partial.name}.lock")))
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._writer.release()
        with self._lock:
            self._keep(is_whole=error is None)

    def _keep(self, is_whole: bool) -> None:
        """Give the file its name if all its frames are in it; after an error it says nothing if they are not."""
        try:
            if self.frames and (found := count_frames(self._partial)) == self.frames:
                self._partial.replace(self.path)
            elif self.frames and is_whole:
                raise SliceError(
                    f"{self.path} could not be written: {found} of its {self.frames} frames can be read again; "
                    "is the disk full?"
                )
        finally:
            self._partial.unlink(missing_ok=True)


def count_frames(path: Path) -> int:
    """Count the frames of a video, by its index and only if the last one can be decoded; 0 if it cannot be read."""
    capture = cv2.VideoCapture(str(path))
    count = round(capture.get(cv2.CAP_PROP_FRAME_COUNT))
    capture.set(cv2.CAP_PROP_POS_FRAMES, count - 1)
    is_readable = capture.grab()
    capture.release()
    return count if is_readable else 0


def write_video(path: Path, frames: Iterable[NDArray[np.uint8]], fps: float) -> None:
    """Write (H, W, 3) BGR frames of one size to an mp4 file; no frames make no file.

    Raises:
        SliceError: If OpenCV cannot write such a file.
    """
    with VideoFile(path, fps) as video:
        for frame in frames:
            video.write(frame)
