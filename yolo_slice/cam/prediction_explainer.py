"""Explains what a model predicts by what it predicts of masked images: also a model whose layers cannot be seen."""

import time
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from yolo_slice.cam.detection import Detection
from yolo_slice.cam.explainer import check_settings
from yolo_slice.cam.explanation import Explanation
from yolo_slice.cam.image_input import check_image
from yolo_slice.cam.maps.image_scores import ImageScores
from yolo_slice.cam.maps.merging import scale
from yolo_slice.cam.method import PredictionMethod
from yolo_slice.cam.target_words import Words, parse_targets
from yolo_slice.cam.targets import Pick, Target
from yolo_slice.integration import log
from yolo_slice.integration.inference.prediction import Predicted, Predictor

Image: TypeAlias = NDArray[np.uint8]
FAINTEST = 0.01  # what is left of an object under a mask counts down to this confidence
IMAGE = -1  # what stands for a layer's index in an explanation: the model's input itself


class PredictionExplainer:
    """Explains a model's detections without looking inside; it has the methods of an `Explainer`.

    Args:
        model: As for an `Explainer`, or an exported file or folder that `yolo predict` takes.
        method: The method.
        conf: Confidence that counts as detected, 0 to 1.
        imgsz: Size of the model's input, pixels; a file exported with a fixed size keeps it.
        device: Such as "cpu" or "0".
        batch: Masked images that run together.

    Attributes:
        names: Index of a class -> its name.
        method: What makes a map of weights and masks.
        description: How, in words.

    Raises:
        SliceError: If the model cannot be run, or finds no boxes.
    """

    def __init__(
        self,
        model: str | Path | nn.Module,
        method: PredictionMethod,
        conf: float = 0.25,
        imgsz: int | tuple[int, int] | None = None,
        device: str | torch.device | None = None,
        batch: int = 8,
    ) -> None:
        check_settings(conf, batch)
        self.method = method
        self.description = f"{method.count} masks, seed {method.seed}"
        self._predictor = Predictor(model, imgsz, None if device is None else str(device), min(FAINTEST, conf))
        self.names = self._predictor.names
        self._conf, self._batch = conf, batch
        self._is_announced = False

    def targets(self, words: Words) -> list[Target]:
        """Turn what a user wrote into targets of this model, see `parse_targets`."""
        return parse_targets(words, self.names)

    def detect(self, images: Sequence[Image]) -> list[list[Detection]]:
        """Detect objects in (H, W, 3) BGR images: for each its detections, most confident first."""
        return [list(self._scores(found).detections) for found in self._predict(images)]

    def class_scores(self, images: Sequence[Image]) -> NDArray[np.float32]:
        """Return the highest confidence of each class anywhere in each (H, W, 3) BGR image: (images, nc)."""
        confidences = [_confidences(found).max(axis=0, initial=0.0) for found in self._predict(images)]
        return np.array(confidences, np.float32).reshape(-1, len(self.names))

    def explain(self, images: Sequence[Image], targets: Sequence[Sequence[Target]]) -> list[list[Explanation]]:
        """Explain each image's targets, as `Explainer.explain`; one image's masked images serve all its targets."""
        return [self._explain(check_image(image), few) for image, few in zip(images, targets, strict=True)]

    def _explain(self, image: Image, targets: Sequence[Target]) -> list[Explanation]:
        [found] = self._predictor.predict([image])
        scores = self._scores(found)
        picks = [target.pick(scores) for target in targets]
        heats: Any = np.zeros((len(picks), *image.shape[:2]))
        if any(len(pick.anchors) for pick in picks):
            heats = self.method.map(self._weights(image, found, picks), self.method.masks(image.shape[:2]))
        return [self._explanation(*each, scores) for each in zip(targets, picks, heats, strict=True)]

    def _weights(self, image: Image, found: Predicted, picks: Sequence[Pick]) -> NDArray[np.float64]:
        """Return the weight of each pick under each mask, (picks, masks): the sum of those of its objects."""
        rows = [sorted(set(pick.anchors.tolist())) for pick in picks]
        wanted = sorted({row for own in rows for row in own})
        is_of = np.array([[row in own for row in wanted] for own in rows], np.float64)
        under = [self.method.weights(found[wanted], seen) for seen in self._masked_predictions(image)]
        return is_of @ np.array(under).T

    def _masked_predictions(self, image: Image) -> Iterator[Predicted]:
        masks = self.method.masks(image.shape[:2])
        batches = -(-self.method.count // self._batch)
        for _ in log.progress(range(batches), self.method.name):
            few = [(image * mask[..., None]).astype(np.uint8) for mask in islice(masks, self._batch)]
            start = time.perf_counter()
            yield from self._predictor.predict(few)
            self._announce((time.perf_counter() - start) / len(few))

    def _announce(self, seconds: float) -> None:
        """Say, once, how long an image takes, from the time of one mask."""
        if not self._is_announced:
            self._is_announced = True
            log.inform(f"{self.method.name}: {self.description}, about {seconds * self.method.count:.1f} s an image")

    def _explanation(self, target: Target, pick: Pick, raw: NDArray[np.float64], scores: ImageScores) -> Explanation:
        heat, peak = scale(raw.astype(np.float32))
        return Explanation(
            heat=heat,
            layers={IMAGE: heat},
            peaks={IMAGE: peak},
            target=target,
            label=pick.label,
            method=self.method.name,
            detections=scores.detections,
            explained=pick.detections(scores),
            score=float(scores.confidences[pick.classes, pick.anchors].sum()) if len(pick.anchors) else None,
            message=pick.message or ("" if peak else f"no mask made a difference to {pick.label}"),
        )

    def _scores(self, found: Predicted) -> ImageScores:
        confidences = _confidences(found)
        best = confidences.argmax(1) if len(confidences) else np.zeros(0, np.intp)
        rows = [i for i, c in enumerate(best) if confidences[i, c] > self._conf]
        detections = tuple(self._detection(found.xyxy[i].tolist(), int(best[i]), confidences[i, best[i]]) for i in rows)
        # A class without any prediction has a score, too: 0.
        padded = np.vstack([confidences, np.zeros((1, len(self.names)))])
        return ImageScores(torch.from_numpy(padded.T), detections, tuple(rows), self.names, self._conf)

    def _detection(self, xyxy: list[float], class_id: int, score: float) -> Detection:
        left, top, right, bottom = xyxy
        return Detection((left, top, right, bottom), class_id, self.names[class_id], float(score))

    def _predict(self, images: Sequence[Image]) -> Iterator[Predicted]:
        checked = [check_image(image) for image in images]
        for start in range(0, len(checked), self._batch):
            yield from self._predictor.predict(checked[start : start + self._batch])


def _confidences(found: Predicted) -> NDArray[np.float64]:
    """Return (n, nc)."""
    return found.class_scores * found.objectness[:, None]
