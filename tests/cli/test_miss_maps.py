"""The map beside a miss is that of the detection that was near."""

from types import SimpleNamespace

import numpy as np
import pytest

from yolo_slice.cam.targets import BoxTarget
from yolo_slice.cli import miss_maps
from yolo_slice.errors import SliceError
from yolo_slice.integration import log

IMAGE = np.full((20, 30, 3), 100, np.uint8)
BOX = (1.0, 2.0, 11.0, 12.0)


class Known:
    """Explains boxes by a map that is hot on the left; a cat is never found again."""

    names = {0: "dog", 1: "Cat"}  # noqa: RUF012

    def __init__(self) -> None:
        self.asked: list[BoxTarget] = []

    def explain(self, images: list, targets: list) -> list:
        [[target]] = targets
        self.asked.append(target)
        heat = np.zeros(images[0].shape[:2], np.float32)
        heat[:, :15] = 1
        return [[SimpleNamespace(heat=heat, message="" if target.class_id == 0 else "no Cat overlaps the box")]]


def test_the_detection_near_is_explained_over_its_image() -> None:
    known = Known()
    paint = miss_maps.make_painter(known)
    painted = paint(IMAGE, BOX, " Dog")
    assert known.asked == [BoxTarget(BOX, 0)]
    assert painted.shape == IMAGE.shape
    assert painted[:, :15].mean() > IMAGE.mean() > painted[:, 15:].mean()
    assert paint(IMAGE, BOX, "cat") is None


def test_a_model_that_cannot_be_looked_into_has_no_maps(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr(log, "inform", said.append)

    def refuse(model: str, **_: object) -> Known:
        if model == "b.onnx":
            raise SliceError("no PyTorch model")
        return Known()

    monkeypatch.setattr(miss_maps, "Explainer", refuse)
    assert [*miss_maps.make_painters(["a.pt", "b.onnx"], 0.001, None, None)] == ["a"]
    assert said == ["errors.html has no maps of b: no PyTorch model"]
