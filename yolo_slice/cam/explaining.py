"""Explains images with any method: the right explainer for it, and one image at once."""

from collections.abc import Sequence
from pathlib import Path

import torch
from torch import nn

from yolo_slice.cam.explainer import Explainer
from yolo_slice.cam.explanation import Explanation
from yolo_slice.cam.image_input import ImageLike, read_image
from yolo_slice.cam.maps.merging import Merge
from yolo_slice.cam.method import Method, PredictionMethod
from yolo_slice.cam.methods import method_named
from yolo_slice.cam.prediction_explainer import PredictionExplainer
from yolo_slice.cam.target_words import Words
from yolo_slice.errors import SliceError
from yolo_slice.integration.inference.prediction import is_exported


def open_explainer(
    model: str | Path | nn.Module,
    method: str | Method | type[Method] = "hirescam",
    layers: Sequence[int] | None = None,
    merge: Merge = "max",
    conf: float = 0.25,
    imgsz: int | tuple[int, int] | None = None,
    device: str | torch.device | None = None,
    batch: int = 8,
    masks: int = 1000,
    seed: int = 0,
) -> Explainer | PredictionExplainer:
    """Load a model once, for many images, to be explained by any method.

    Args:
        model: Weights, a model file, a `YOLO`, a bare model of Ultralytics; for D-RISE an exported file or folder, too.
        method: Name of a method, in any case, or a method of your own.
        layers: As for an `Explainer`; D-RISE has none.
        merge: As for an `Explainer`.
        conf: As for an `Explainer`.
        imgsz: As for an `Explainer`; a file exported with a fixed size keeps it.
        device: As for an `Explainer`.
        batch: Images, of D-RISE masked images, that run together at most.
        masks: Masked images of D-RISE; a method that is given ready has its own.
        seed: Decides its masks.

    Raises:
        SliceError: If an argument is not as above.
    """
    chosen = method_named(method)
    if isinstance(chosen, PredictionMethod):
        ready = chosen if isinstance(method, PredictionMethod) else type(chosen)(masks, seed)
        return PredictionExplainer(model, ready, conf, imgsz, device, batch)
    if is_exported(model):
        raise SliceError(
            f"{model}: an exported model hides its layers; give the .pt that it was exported from, "
            "or method=drise, which needs none"
        )
    return Explainer(model, chosen, layers, conf, imgsz, merge, device, batch)


def explain(
    model: str | Path | nn.Module,
    image: ImageLike,
    target: Words = None,
    method: str | Method | type[Method] = "hirescam",
    layers: Sequence[int] | None = None,
    conf: float = 0.25,
    imgsz: int | tuple[int, int] | None = None,
    merge: Merge = "max",
    device: str | torch.device | None = None,
    batch: int = 8,
    masks: int = 1000,
    seed: int = 0,
) -> list[Explanation]:
    """Explain what a model looks at in one image; for many images, keep what `open_explainer` returns.

    Args:
        model: Weights (.pt), a model file (.yaml), a `YOLO`, or a bare model of Ultralytics; it is left as it is. For
            D-RISE an exported file or folder, too.
        image: Path, PIL image, or array (H, W, 3) BGR.
        target: A class (name or index), "#3" (detection 3), a box (tuple of 4 numbers, xyxy in pixels), a target of
            `yolo_slice.cam`, or a list of these; None or "all": all detections in one map.
        method: Name of a method, in any case, or a method of your own.
        layers: Indices of the layers to look at; None: every input of the head.
        conf: Confidence that counts as detected, 0 to 1.
        imgsz: Size of the model's input, pixels; None: as the model was trained, else 640.
        merge: How the maps of several layers become one: "max" or "mean".
        device: Such as "cpu" or "0"; None: where the model is, or for a file the first GPU, if any.
        batch: Masked images of D-RISE that run together.
        masks: Masked images of D-RISE.
        seed: Decides its masks.

    Returns:
        One explanation for each target; blank, with a message, where the target is not detected.

    Raises:
        SliceError: If an argument is not as above.

    Example:
        >>> import numpy as np
        >>> image = np.zeros((48, 64, 3), np.uint8)
        >>> [explanation] = explain("yolov8n.yaml", image, target=7, imgsz=64)  # random weights see nothing
        >>> explanation.heat.shape, explanation.message.split(":")[0]
        ((48, 64), 'no 7 above conf=0.25')
    """
    explainer = open_explainer(model, method, layers, merge, conf, imgsz, device, batch, masks, seed)
    [explanations] = explainer.explain([read_image(image)], [explainer.targets(target)])
    return explanations
