"""Do exported models find the same boxes? Exports a trained model and compares it with itself, image by image.

`python -m yolo_slice.bench.parity MODEL.pt IMAGES [--imgsz 640] [--count 20]` prints, for each format, how many boxes
were compared, how many have no counterpart, and the largest differences: of boxes (pixels of the original image), of
scores, and of the raw outputs (pixels of the network's input for boxes, probabilities for scores).
"""

import argparse
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from ultralytics import YOLO

from yolo_slice.integration.exporting.exported_file import openvino_f32

FORMATS = {"ONNX": "onnx", "TorchScript": "torchscript", "OpenVINO": "openvino", "OpenVINO f32": "openvino"}
IS_SAME_PX = 1.0  # a box farther off than this is another box


@dataclass(frozen=True, slots=True)
class Run:
    """What one model makes of the images: boxes (n, 6) of each as x1 y1 x2 y2 score class, and raw outputs."""

    boxes: list[np.ndarray]
    raw: list[np.ndarray]


@dataclass(frozen=True, slots=True)
class Difference:
    """Two runs compared; box_px and raw_box_px in pixels, the scores are probabilities."""

    compared: int
    unmatched: int
    box_px: float
    score: float
    raw_box_px: float
    raw_score: float


def run(file: Path, images: list[Path], imgsz: int) -> Run:
    """Predict image by image on the square letterbox that exports use; call the network once more for raw outputs."""
    model: Any = YOLO(file, task="detect")
    boxes, raw = [], []
    for image in images:
        result = model.predict(image, imgsz=imgsz, rect=False, verbose=False, device="cpu")[0]
        boxes.append(result.boxes.data.numpy())
        output = model.predictor.model(model.predictor.preprocess([result.orig_img]))
        raw.append(np.asarray(output[0] if isinstance(output, (list, tuple)) else output))
    return Run(boxes, raw)


def compare(ours: Run, theirs: Run) -> Difference:
    """Match each box with the nearest of its class in the other run, both ways."""
    pairs = [pair for a, b in zip(ours.boxes, theirs.boxes, strict=True) for pair in match(a, b)]
    matched = np.array([np.r_[np.abs(a[:4] - b[:4]).max(), abs(a[4] - b[4])] for a, b in pairs] or [[0.0, 0.0]])
    raw = np.concatenate([np.abs(a - b) for a, b in zip(ours.raw, theirs.raw, strict=True)])
    return Difference(
        compared=len(pairs),
        unmatched=sum(map(len, ours.boxes)) + sum(map(len, theirs.boxes)) - 2 * len(pairs),
        box_px=float(matched[:, 0].max()),
        score=float(matched[:, 1].max()),
        raw_box_px=float(raw[:, :4].max()),
        raw_score=float(raw[:, 4:].max()),
    )


def match(a: np.ndarray, b: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Pair boxes of one class that are nearest to each other and less than a pixel apart.

    Example:
        >>> a = np.array([[0, 0, 9, 9, 0.5, 1], [20, 20, 29, 29, 0.5, 1]])
        >>> len(list(match(a, a + [0.1, 0, 0, 0, 0, 0]))), len(list(match(a, a[:1])))
        (2, 1)
    """
    if not (len(a) and len(b)):
        return
    distance = np.abs(a[:, None, :4] - b[None, :, :4]).max(2)
    distance[a[:, None, 5] != b[None, :, 5]] = np.inf
    for i, j in enumerate(distance.argmin(1)):
        if distance[i, j] < IS_SAME_PX and distance[:, j].argmin() == i:
            yield a[i], b[j]


def measure(file: Path, images: list[Path], imgsz: int) -> Iterator[tuple[str, Difference]]:
    """Export a model to every format and compare; the exports are made in a temporary folder."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(shutil.copy(file, folder))
        reference = run(copy, images, imgsz)
        exports: dict[str, Path] = {}
        for name, form in FORMATS.items():
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # torch 2.15: TorchScript, by which Ultralytics exports, is to go
                if form not in exports:
                    exports[form] = Path(YOLO(copy).export(format=form, imgsz=imgsz, verbose=False))
            if name == "OpenVINO f32":
                with openvino_f32():
                    yield name, compare(reference, run(exports[form], images, imgsz))
            else:
                yield name, compare(reference, run(exports[form], images, imgsz))


def main() -> None:
    """Print a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path)
    parser.add_argument("images", type=Path, help="folder")
    parser.add_argument("--imgsz", type=int, default=640)
    parser.add_argument("--count", type=int, default=20)
    arguments = parser.parse_args()
    images = sorted(p for p in arguments.images.iterdir() if p.suffix.lower() in {".jpg", ".jpeg", ".png"})
    if not images:
        raise SystemExit(f"no images in {arguments.images}")
    torch.set_num_threads(1)
    rows = list(measure(arguments.model, images[: arguments.count], arguments.imgsz))
    print(f"\n{arguments.model.name}, {len(images[: arguments.count])} images at {arguments.imgsz} px")
    print("| format | boxes compared | unmatched | box, px | score | raw box, px | raw score |")
    print("|---|---|---|---|---|---|---|")
    for name, d in rows:
        cells = (f"{x:.1e}" for x in (d.box_px, d.score, d.raw_box_px, d.raw_score))
        print(f"| {name} | {d.compared} | {d.unmatched} | {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
