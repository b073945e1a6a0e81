"""Maps of everything that a source holds: pictures, videos, arrays and contact sheets in a folder of their own."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import replace
from itertools import groupby, islice
from pathlib import Path, PurePath

import cv2
import numpy as np
from numpy.typing import NDArray

from yolo_slice.atomic_file import write_whole
from yolo_slice.cam.detection import Detection
from yolo_slice.cam.explanation import Explanation
from yolo_slice.cam.run.columns import Column, FileNames, make_columns
from yolo_slice.cam.run.rendering import Look, colour_heat, draw_map
from yolo_slice.cam.run.settings import CamSettings, describe_run
from yolo_slice.cam.run.sheet import Cell, Row, shrink
from yolo_slice.cam.run.sheet_pages import SheetPages
from yolo_slice.cam.run.video_scale import VideoScale
from yolo_slice.image_files import write_array, write_picture
from yolo_slice.integration import log
from yolo_slice.integration.folders import make_run_folder
from yolo_slice.integration.inference.sources import Frame, read_source
from yolo_slice.video_file import VideoFile

SHEET_PX, LAYER_PX = 640, 320


def draw_maps(settings: CamSettings) -> Path:
    """Draw the maps of a source's pictures and return the run's folder.

    For every picture a `.jpg` of its own size and the map as `.npy` (float32, H x W, in [0, 1]); for every video and
    stream an mp4; contact sheets `sheet.png` and `index.html` of the pictures; `args.yaml` with the settings.

    Raises:
        SliceError: If a model, class, layer, method or source is not there.
    """
    look = Look(settings.colormap, settings.alpha, settings.boxes)
    frames = read_source(settings.source, settings.vid_stride)
    first = next(frames)  # a source that is not there is noticed before models are loaded and folders made
    columns = make_columns(settings)
    folder = make_run_folder(settings.project, settings.name, settings.exist_ok)
    write_whole(folder / "args.yaml", describe_run("yolo-slice cam", settings))
    notes = _describe(columns, settings)
    for note in notes:
        log.inform(note)
    run = _Run(settings, columns, look, folder, notes)
    with closing(frames):
        for kind, group in groupby(_chain(first, frames), key=lambda f: f.path if f.kind == "video" else f.kind):
            if kind == "image":
                run.draw_images(group)
            else:
                run.draw_video(group, kind == "stream")
            if kind == "stream":
                break  # a stream is alone; going on would read the rest of it
    return folder


def _chain(first: Frame, rest: Iterator[Frame]) -> Iterator[Frame]:
    yield first
    yield from rest


def _describe(columns: Sequence[Column], settings: CamSettings) -> list[str]:
    """Say what was chosen: for each column the layers, and for all the targets."""
    lines = [f"{c.model}, {c.method}: {c.explainer.description}" for c in columns]
    explained = ", ".join(columns[0].targets)
    return [*lines, f"explained: {explained} (conf={settings.conf})"]


class _Run:
    """What is the same for all pictures of a run."""

    def __init__(
        self, settings: CamSettings, columns: Sequence[Column], look: Look, folder: Path, notes: Sequence[str]
    ) -> None:
        self.settings = settings
        self.columns = columns
        self.look = look
        self.folder = folder
        self.notes = notes
        self.files = FileNames(columns)

    def draw_images(self, frames: Iterable[Frame]) -> None:
        """Draw still pictures and their contact sheets; what is done when it is interrupted stays."""
        titles = [(column.model, column.method) for column in self.columns]
        title = f"What {' and '.join(dict.fromkeys(c.model for c in self.columns))} look{'s' * (len(titles) == 1)} at"
        pages = SheetPages(self.folder, title, self.notes, titles, self.look.colormap, self.settings.rows)
        blank = total = 0
        try:
            for frame, maps in self._explain(frames, "cam"):
                flat = [explanation for of_column in maps for explanation in of_column]
                blank, total = blank + sum(bool(e.message) for e in flat), total + len(flat)
                self._save_images(frame, maps)
                if self.settings.sheet:
                    for row in make_rows(frame, self.columns, maps, self.look):
                        pages.add(row)
        finally:
            pages.close()
        log.inform(f"{total} map{'s' * (total != 1)}, {blank} of them blank (the picture says why), in {self.folder}")

    def draw_video(self, frames: Iterable[Frame], is_stream: bool) -> None:
        """Draw a video or the streams; Ctrl-C ends a stream, and its file is complete."""
        videos: dict[str, VideoFile] = {}
        scales: dict[str, VideoScale] = {}
        with ExitStack() as open_files:
            try:
                for frame, maps in self._explain(frames, "cam video"):
                    for name, explanation in self._named(frame, maps):
                        if name not in videos:
                            videos[name] = open_files.enter_context(VideoFile(self.folder / f"{name}.mp4", frame.fps))
                            scales[name] = VideoScale(self.settings.video_scale, self.settings.merge, frame.fps)
                        explanation = replace(explanation, heat=scales[name](explanation))
                        videos[name].write(draw_explanation(frame.image, explanation, self.look))
            except KeyboardInterrupt:
                if not (videos and is_stream):
                    raise
        for video in videos.values():
            log.inform(f"{video.frames} frames in {video.path}")

    def _explain(self, frames: Iterable[Frame], title: str) -> Iterable[tuple[Frame, list[list[Explanation]]]]:
        """Explain frames, with a progress bar: [column][target] for each."""
        frames = iter(frames)
        first = next(frames)
        # A stream's frames are taken one by one, to show what is going on now.
        size = 1 if first.kind == "stream" else self.settings.batch
        return log.progress(self._explain_batches(_chain(first, frames), size), title, first.total)

    def _explain_batches(self, frames: Iterator[Frame], size: int) -> Iterator[tuple[Frame, list[list[Explanation]]]]:
        while batch := list(islice(frames, size)):
            images = [frame.image for frame in batch]
            columns = [c.explainer.explain(images, [list(c.targets.values())] * len(batch)) for c in self.columns]
            for i, frame in enumerate(batch):
                yield frame, [column[i] for column in columns]

    def _named(self, frame: Frame, maps: Sequence[Sequence[Explanation]]) -> Iterator[tuple[str, Explanation]]:
        """Return each map of a frame with the stem of its file."""
        for column, explanations in zip(self.columns, maps, strict=True):
            for target, explanation in zip(column.targets, explanations, strict=True):
                yield self.files.name(frame.path, column, target), explanation

    def _save_images(self, frame: Frame, maps: Sequence[Sequence[Explanation]]) -> None:
        for name, explanation in self._named(frame, maps):
            write_picture(self.folder / f"{name}.jpg", draw_explanation(frame.image, explanation, self.look))
            if self.settings.save_npy:
                write_array(self.folder / f"{name}.npy", explanation.heat)


def draw_explanation(image: NDArray[np.uint8], explanation: Explanation, look: Look) -> NDArray[np.uint8]:
    """Draw an explanation over its picture: map, the boxes it explains, the reason where it is blank.

    Args:
        image: (H, W, 3) BGR, what was explained.
        explanation: Its explanation.
        look: Colours and boxes.
    """
    return draw_map(image, explanation.heat, explanation.explained, explanation.message, look)


def make_rows(
    frame: Frame, columns: Sequence[Column], maps: Sequence[Sequence[Explanation]], look: Look
) -> Iterator[Row]:
    """Make a picture's rows of the contact sheet, one a target.

    A target that is blank in every column is left out, unless all are.
    """
    picture = shrink(frame.image, (SHEET_PX, SHEET_PX))
    title = PurePath(frame.path).name
    targets = list(zip(columns[0].targets, zip(*maps, strict=True), strict=True))
    shown = [(target, row) for target, row in targets if not all(e.message for e in row)] or targets[:1]
    for target, row in shown:
        cells = tuple(
            _make_cell(picture, e, look, f"{title}: {target}, {c.model}, {c.method}")
            for c, e in zip(columns, row, strict=True)
        )
        yield Row(title, target, picture, cells)


def _make_cell(picture: NDArray[np.uint8], explanation: Explanation, look: Look, alt: str) -> Cell:
    """Draw a map at the size of the sheet, where its letters are readable."""
    scale = picture.shape[1] / explanation.heat.shape[1]
    detections = [_scaled(detection, scale) for detection in explanation.explained]
    drawn = draw_map(picture, _fit(explanation.heat, picture), detections, explanation.message, look)
    small = shrink(picture, (LAYER_PX, LAYER_PX))
    layers = {
        f"layer {index}": colour_heat(small, _fit(heat, small), look)
        for index, heat in explanation.layers.items()
        if len(explanation.layers) > 1 and not explanation.message
    }
    return Cell(drawn, layers, f"{alt}{': ' * bool(explanation.message)}{explanation.message}")


def _fit(heat: NDArray[np.float32], picture: NDArray[np.uint8]) -> NDArray[np.float32]:
    return np.asarray(cv2.resize(heat, picture.shape[1::-1], interpolation=cv2.INTER_AREA), np.float32)


def _scaled(detection: Detection, scale: float) -> Detection:
    x1, y1, x2, y2 = (v * scale for v in detection.xyxy)
    return replace(detection, xyxy=(x1, y1, x2, y2))
