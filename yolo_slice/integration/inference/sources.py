"""What `source=` names, read by Ultralytics' own loaders: image, folder, glob, video, list of files, stream, screen."""

import glob
import os
import sys
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from yolo_slice.errors import SliceError
from yolo_slice.foreign_files import LARGEST_IMAGE, refuse_unreadable
from yolo_slice.integration import log
from yolo_slice.integration.data.images import image_suffixes, video_suffixes


@dataclass(frozen=True, slots=True)
class Frame:
    """A picture of a source.

    Args:
        image: (H, W, 3) BGR.
        path: File that it comes from, or the name of the stream.
        kind: What that is.
        fps: Frames a second, after `vid_stride`; 0 for an image.
        total: Images in the source or frames in the video; None if nobody knows.
    """

    image: NDArray[np.uint8]
    path: str
    kind: Literal["image", "video", "stream"]
    fps: float
    total: int | None


def read_source(source: str, vid_stride: int = 1) -> Generator[Frame, None, None]:
    """Read the pictures of a source, one by one; images come before videos.

    An image or video that cannot be read is reported and skipped.

    Args:
        source: What `yolo predict source=` takes.
        vid_stride: Take every n-th frame of a video; its `fps` is divided by it, so that it plays at its own speed.

    Raises:
        SliceError: If there is no such source, nothing in it, or nothing that could be read.
    """
    from ultralytics.data.build import load_inference_source

    if vid_stride < 1:
        raise SliceError(f"vid_stride={vid_stride}: expected 1 or more")
    _refuse_unreadable(source)
    try:
        loader: Any = load_inference_source(source, vid_stride=vid_stride)
    except (OSError, NotImplementedError, AttributeError, IndexError) as error:
        raise SliceError(f"source={source}: {str(error).splitlines()[0]}") from None
    count = 0
    try:
        for frame in _read_files(loader, vid_stride) if hasattr(loader, "files") else _read_streams(loader, vid_stride):
            count += 1
            yield frame
    finally:
        if hasattr(loader, "close"):
            loader.close()
    if not count:
        raise SliceError(f"source={source}: nothing in it could be read")


def _refuse_unreadable(source: str) -> None:
    """Refuse a pipe, a device or a huge image among what a source names: Ultralytics would open whatever it is."""
    pattern = f"{glob.escape(source)}/*" if os.path.isdir(source) else source  # noqa: PTH112  it may be no path at all
    known = image_suffixes() | video_suffixes()
    for file in map(Path, glob.glob(pattern, recursive=True)):  # noqa: PTH207  as Ultralytics
        suffix = file.suffix[1:].lower()
        if file.exists() and (suffix in known or pattern == source):
            refuse_unreadable(file, LARGEST_IMAGE if suffix in image_suffixes() else sys.maxsize)


def _read_files(loader: Any, vid_stride: int) -> Iterator[Frame]:
    seen = set()
    is_video = dict(zip(loader.files, loader.video_flag, strict=True))
    for path, image in _iterate(loader):
        seen.add(path)
        if is_video[path]:
            # Not loader.fps: 8.4.0 rounds it down. The capture is closed once the last frame is read.
            fps = (loader.cap.get(cv2.CAP_PROP_FPS) if loader.cap.isOpened() else 0) or loader.fps
            yield Frame(image, path, "video", _playable(fps) / vid_stride, loader.frames or None)
        else:
            yield Frame(image, path, "image", 0, loader.ni)
    unread = [path for path in loader.files if path not in seen]
    if unread:
        names = ", ".join(Path(path).name for path in unread[:5]) + (", ..." if len(unread) > 5 else "")
        log.warn(f"{len(unread)} of {loader.nf} files could not be read: {names}")


def _iterate(loader: Any) -> Iterator[tuple[str, NDArray[np.uint8]]]:
    """Read one picture at a time, passing over a video that does not open and an image beyond OpenCV's limits."""
    batches = iter(loader)
    while True:
        try:
            paths, images, _ = next(batches)
        except StopIteration:
            return
        except (FileNotFoundError, cv2.error):  # raised with the counter still on the file
            loader.count += 1
            continue
        yield from zip(paths, images, strict=True)


def _read_streams(loader: Any, vid_stride: int) -> Iterator[Frame]:
    """Read streams and the screen; two streams come in turns."""
    fps = loader.fps if isinstance(getattr(loader, "fps", None), list) else [30.0]
    for names, images, _ in loader:
        for name, image, rate in zip(names, images, fps, strict=True):
            yield Frame(np.ascontiguousarray(image), name, "stream", _playable(rate) / vid_stride, None)


def _playable(fps: float) -> float:
    """Return the frame rate, or 30 where the file or camera gives none that can be (0, nan, 90000)."""
    return float(fps) if 0 < fps < 1000 else 30.0
