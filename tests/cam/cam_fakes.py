"""An explainer that knows its answers: what pictures, commands and tables are tested with."""

from collections.abc import Callable, Sequence
from types import SimpleNamespace

import numpy as np

from yolo_slice.cam.detection import Detection
from yolo_slice.cam.explanation import Explanation
from yolo_slice.cam.targets import ClassTarget

NAMES = {0: "person", 1: "horse", 2: "sofa"}
BOX = (10.0, 5.0, 30.0, 25.0)
PERSON = Detection(BOX, 0, "person", 0.9)


def blob(image, target) -> np.ndarray:
    """A map that is 1 in BOX and 0 outside."""
    heat = np.zeros(image.shape[:2], np.float32)
    heat[5:25, 10:30] = 1
    return heat


class FakeExplainer:
    """Finds a person in BOX of every picture, and never a horse."""

    made: list = []  # noqa: RUF012 (the tests empty it)

    def __init__(self, model, method="hirescam", layers=None, *, heat: Callable = blob, names=None, **settings) -> None:
        self.model, self.heat, self.settings = model, heat, settings
        self.method = SimpleNamespace(name={"gradcam": "Grad-CAM", "hirescam": "HiResCAM"}[method])
        self.layers = (15, 18)
        self.names = names or NAMES
        self.description = "layers 15 (P3/8), 18 (P4/16)"
        self.batches: list[int] = []
        FakeExplainer.made.append(self)

    def explain(self, images, targets: Sequence) -> list[list[Explanation]]:
        self.batches.append(len(images))
        return [[self._explain(i, t) for t in ts] for i, ts in zip(images, targets, strict=True)]

    def _explain(self, image, target) -> Explanation:
        is_blank = isinstance(target, ClassTarget) and self.names[target.class_id] == "horse"
        heat = np.zeros(image.shape[:2], np.float32) if is_blank else self.heat(image, target)
        peak = 0.0 if is_blank else float(image.max())
        return Explanation(
            heat=heat,
            layers={15: heat, 18: heat},
            peaks={15: peak, 18: peak},
            target=target,
            label="a label",
            method=self.method.name,
            detections=(PERSON, Detection((0, 0, 9, 9), 2, "sofa", 0.4)),
            explained=() if is_blank else (PERSON,),
            score=None if is_blank else 1.0,
            message="no horse above 0.25" if is_blank else "",
        )

    def class_scores(self, images) -> np.ndarray:
        """Brightness inside BOX, for every class."""
        means = [image[5:25, 10:30].mean() / 255 for image in images]
        return np.repeat(np.float32(means)[:, None], len(self.names), 1)
