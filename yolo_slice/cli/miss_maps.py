"""What cam has to say of an object that eval found missing: the map of the detection that was near."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from yolo_slice.cam.explainer import Explainer
from yolo_slice.cam.run.rendering import Look, colour_heat
from yolo_slice.cam.targets import BoxTarget
from yolo_slice.errors import SliceError
from yolo_slice.integration import log
from yolo_slice.metrics.errors.image_crop import Box, Painter
from yolo_slice.short_names import short_names

Image = NDArray[np.uint8]


def make_painters(models: Sequence[str], conf: float, imgsz: int | None, device: str | None) -> dict[str, Painter]:
    """Load the models once more, to look inside; one that cannot be looked into (an exported file) is left out.

    Args:
        models: As they were evaluated.
        conf: Smallest confidence of a detection that was evaluated.
        imgsz: Image size, pixels; None: the model's.
        device: As for an `Explainer`.

    Returns:
        Short name of a model -> what draws the map of one of its detections.
    """
    painters = {}
    for name, model in zip(short_names(models), models, strict=True):
        try:
            painters[name] = make_painter(Explainer(model, conf=conf, imgsz=imgsz, device=device))
        except SliceError as reason:
            log.inform(f"errors.html has no maps of {name}: {reason}")
    return painters


def make_painter(explainer: Explainer) -> Painter:
    """Return what draws over an image the map of the model's detection that is nearest to a box, of a class."""
    classes = {name.strip().casefold(): index for index, name in explainer.names.items()}

    def paint(image: Image, xyxy: Box, class_name: str) -> Image | None:
        target = BoxTarget(xyxy, classes.get(class_name.strip().casefold()))
        [[explanation]] = explainer.explain([image], [[target]])
        return None if explanation.message else colour_heat(image, explanation.heat, Look())

    return paint
