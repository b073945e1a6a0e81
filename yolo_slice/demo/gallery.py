"""What the demonstration leaves to look at: sheets of pictures, and the video with the boxes in it."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from yolo_slice.annotations.yolo_image import label_of
from yolo_slice.annotations.yolo_labels import read_labels
from yolo_slice.demo.dataset import IMAGE_SIDE
from yolo_slice.demo.pictures import Box, Image, draw_boxes, make_sheet, write_line
from yolo_slice.demo.video import FPS, WH
from yolo_slice.image_files import write_picture
from yolo_slice.video_file import write_video

CONFIDENCE = 0.3  # of the boxes in the pictures


def save_detections(model: Any, folder: Path, frames: int) -> None:
    """Write detections.mp4: video.mp4 with what the model finds in it, twice as large; and its middle frame."""
    results = model.predict(folder / "video.mp4", stream=True, imgsz=max(WH), conf=CONFIDENCE, iou=0.5, verbose=False)
    write_video(folder / "detections.mp4", _annotate(results, folder / "detections.png", frames // 2), FPS)


def save_sheets(model: Any, folder: Path) -> None:
    """Write data.png: drawn pictures with their labels; and predictions.png: labels, and what the model finds."""
    train, val = (sorted((folder / "data" / "images" / split).iterdir()) for split in ("train", "val"))
    examples = [draw_labels(path, model.names) for path in train[:6]]
    write_picture(folder / "data.png", make_sheet({"drawn pictures and their labels": examples}))
    results = model.predict(val[:3], imgsz=IMAGE_SIDE, conf=CONFIDENCE, iou=0.5, verbose=False)
    parts = {
        "labels of pictures not trained on": [draw_labels(path, model.names) for path in val[:3]],
        f"detections, confidence above {CONFIDENCE}": [draw_boxes(r.orig_img, found_boxes(r)) for r in results],
    }
    write_picture(folder / "predictions.png", make_sheet(parts))


def found_boxes(result: Any) -> list[Box]:
    """Return the boxes of a result of `predict`."""
    pairs = zip(result.boxes.xyxy.tolist(), result.boxes.cls.tolist(), strict=True)
    return [Box(result.names[int(number)], tuple(xyxy)) for xyxy, number in pairs]


def draw_labels(path: Path, names: dict[int, str]) -> Image:
    """Return the picture images/<split>/<stem> with the boxes of its label file, as Ultralytics will read them."""
    image = np.asarray(cv2.imdecode(np.frombuffer(path.read_bytes(), np.uint8), cv2.IMREAD_COLOR), np.uint8)
    return draw_boxes(image, label_boxes(label_of(path), names, (image.shape[1], image.shape[0])))


def label_boxes(file: Path, names: dict[int, str], wh: tuple[int, int]) -> list[Box]:
    """Return the boxes of a label file, in pixels of a picture of that width and height."""
    items, _ = read_labels(file, tuple(names.values()))
    return [Box(item.name, item.box.xyxy(wh)) for item in items]


def _annotate(results: Iterable[Any], still: Path, number: int) -> Iterator[Image]:
    """Draw the boxes and a line below them; also write the frame of that number to a file."""
    for i, result in enumerate(results):
        boxes = found_boxes(result)
        image = draw_boxes(result.orig_img, boxes, zoom=2)
        image = np.vstack([image, write_line(image.shape[1], f"confidence above {CONFIDENCE}", boxes)])
        if i == number:
            write_picture(still, image)
        yield image
