"""One image explained by one call."""

from collections.abc import Sequence
from pathlib import Path

from torch import nn

from yolo_slice.cam.explainer import Explainer
from yolo_slice.cam.explanation import Explanation
from yolo_slice.cam.image_input import ImageLike, read_image
from yolo_slice.cam.maps.merging import Merge
from yolo_slice.cam.methods import Method
from yolo_slice.cam.target_words import Words


def explain(
    model: str | Path | nn.Module,
    image: ImageLike,
    target: Words = None,
    method: str | Method | type[Method] = "hirescam",
    layers: Sequence[int] | None = None,
    conf: float = 0.25,
    imgsz: int | tuple[int, int] | None = None,
    merge: Merge = "max",
) -> list[Explanation]:
    """Explain what a model looks at in one image; for many images, keep an `Explainer`.

    Args:
        model: Weights (.pt), a model file (.yaml), a `YOLO`, or a bare host module; it is left as it is.
        image: Path, PIL image, or array (H, W, 3) BGR.
        target: A class (name or index), "#3" (detection 3), a box (tuple of 4 numbers, xyxy in pixels), a target of
            `yolo_slice.cam`, or a list of these; None or "all": all detections in one map.
        method: Name of a method, in any case, or a method of your own.
        layers: Indices of the layers to look at; None: every input of the head.
        conf: Confidence that counts as detected, 0 to 1.
        imgsz: Size of the model's input, pixels; None: as the model was trained, else 640.
        merge: How the maps of several layers become one: "max" or "mean".

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
    explainer = Explainer(model, method, layers, conf, imgsz, merge)
    [explanations] = explainer.explain([read_image(image)], [explainer.targets(target)])
    return explanations
