"""What `predict` finds in images, by a PyTorch model or by an exported file (ONNX, OpenVINO, ...)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import nn

from yolo_slice.errors import SliceError
from yolo_slice.integration.inference.layer_run import layers_of
from yolo_slice.integration.weights.snapshot import class_names, snapshot, trained_imgsz

Image = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Predicted:
    """The objects found in one image, most confident first.

    Args:
        xyxy: (n, 4) edges in pixels of the image; of a rotated box those of the upright one around it.
        class_scores: (n, nc) score of each class.
        objectness: (n,) how sure the model is that there is an object, 0 to 1.
    """

    xyxy: NDArray[np.float64]
    class_scores: NDArray[np.float64]
    objectness: NDArray[np.float64]

    def __getitem__(self, rows: Sequence[int]) -> Predicted:
        """Return some of the objects."""
        at = np.asarray(rows, np.intp)
        return Predicted(self.xyxy[at], self.class_scores[at], self.objectness[at])


def is_exported(model: Any) -> bool:
    """Tell whether `model` names an exported file or folder, going by how Ultralytics ends their names."""
    from ultralytics.engine.exporter import export_formats

    suffixes = {str(suffix) for suffix in export_formats()["Suffix"]} - {"", ".pt"}
    return isinstance(model, (str, Path)) and Path(model).name.endswith(tuple(suffixes))


class Predictor:
    """Predicts as `yolo predict` does; each image as if it were alone, images of one size together.

    A prediction is a box, a class and a confidence, so the class scores are 1 for its class and 0 for the others, and
    the confidence is the objectness.

    Args:
        model: As for `snapshot`, or an exported file or folder. An object is copied.
        imgsz: Size of the model's input; None: as it was trained or exported. A file that was exported with a fixed
            size keeps it.
        device: Such as "cpu" or "0".
        conf: Lowest confidence of what is found.

    Attributes:
        names: Index of a class -> its name.

    Raises:
        SliceError: If the model cannot be run, or finds no boxes.
    """

    def __init__(
        self, model: str | Path | nn.Module, imgsz: int | tuple[int, int] | None, device: Any, conf: float
    ) -> None:
        given = {"imgsz": list(imgsz) if isinstance(imgsz, tuple) else imgsz, "device": device}
        chosen = {key: value for key, value in given.items() if value is not None}
        arguments = {"conf": conf, "verbose": False, "save": False, **chosen}
        self._together = True
        if is_exported(model):
            self._open_file(str(model), arguments)
        else:
            self._open_module(snapshot(model, device), arguments)

    def _open_module(self, module: Any, arguments: dict[str, Any]) -> None:
        self.names = class_names(module)
        device = str(next(module.parameters()).device)
        stock = {"mode": "predict", "rect": True}  # as `YOLO.predict` sets them
        overrides = {"imgsz": trained_imgsz(module), **arguments, **stock, "device": device}
        self._run = _predictor_of(module)(overrides=overrides)
        self._run.setup_model(module, verbose=False)

    def _open_file(self, file: str, arguments: dict[str, Any]) -> None:
        from ultralytics import YOLO

        try:
            yolo = YOLO(file)
            yolo.predict(np.zeros((32, 32, 3), np.uint8), **arguments)  # loads the file
        except Exception as error:  # Ultralytics and the runtimes raise anything at all on a file that they cannot run
            text = " ".join(str(error).split())
            raise SliceError(f"{file}: Ultralytics cannot run it ({type(error).__name__}: {text})") from error
        predictor: Any = yolo.predictor
        if yolo.task not in BOX_TASKS:
            raise _no_boxes(file, str(yolo.task))
        self.names = dict(predictor.model.names)
        # Ultralytics 8.4.0 gives a file whatever it gets; one with a fixed batch fails then.
        self._together = bool(getattr(predictor.model, "dynamic", False))
        self._run = lambda source: yolo.predict(source, **arguments)

    def predict(self, images: Sequence[Image]) -> list[Predicted]:
        """Return what is found in (H, W, 3) BGR images of any sizes."""
        found: list[Predicted] = []
        for _, group in groupby(images, lambda image: image.shape):
            alike = list(group)
            for few in [alike] if self._together else [[image] for image in alike]:
                found += [_read(result, len(self.names)) for result in self._run(few)]
        return found


BOX_TASKS = ("detect", "segment", "pose", "obb")


def _predictor_of(module: Any) -> Any:
    from ultralytics.models import rtdetr, yolo
    from ultralytics.nn.modules import RTDETRDecoder
    from ultralytics.nn.tasks import guess_model_task

    if isinstance(layers_of(module)[-1], RTDETRDecoder):
        return rtdetr.RTDETRPredictor
    of_task = {
        "detect": yolo.detect.DetectionPredictor,
        "segment": yolo.segment.SegmentationPredictor,
        "pose": yolo.pose.PosePredictor,
        "obb": yolo.obb.OBBPredictor,
    }
    task = guess_model_task(module)
    if task not in of_task:
        raise _no_boxes("the model", task)
    return of_task[task]


def _no_boxes(what: str, task: str) -> SliceError:
    return SliceError(f"{what}: a {task} model finds no boxes; expected one of {', '.join(BOX_TASKS)}")


def _read(result: Any, nc: int) -> Predicted:
    boxes = result.boxes if result.obb is None else result.obb
    conf = boxes.conf.cpu().double().numpy()
    order = np.argsort(-conf, kind="stable")
    classes = boxes.cls.cpu().long().numpy()[order]
    xyxy = boxes.xyxy.cpu().double().numpy().reshape(-1, 4)[order]
    return Predicted(xyxy, np.eye(nc)[classes], conf[order])
