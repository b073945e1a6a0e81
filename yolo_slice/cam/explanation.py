"""The map that explains one target in one image."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from yolo_slice.cam.detection import Detection
from yolo_slice.cam.targets import Target


@dataclass(frozen=True, slots=True)
class Explanation:
    """The map of one target in one image.

    Args:
        heat: (H, W) float32 in [0, 1], in the pixels of the original image; all zeros when blank.
        layers: Index of a layer -> (H, W) map of that layer alone, like `heat`; -1 for a method that masks the image.
        peaks: Index of a layer -> the largest value of its map before it was divided by it; 0 when that map is blank.
            So `layers[i] * peaks[i]` is on one scale for all images of a model and method (see `share_scale`).
        target: What was explained.
        label: The target in words, such as "person" or "person 0.91".
        method: Name of the method, such as "Grad-CAM".
        detections: Everything detected in the image, in the order that DetectionTarget counts.
        explained: Those detections whose scores the map explains.
        score: The sum of the explained logits, for D-RISE of the explained confidences; None when there is none.
        message: Why the map is blank; "" when it is not.
    """

    heat: NDArray[np.float32]
    layers: dict[int, NDArray[np.float32]]
    peaks: dict[int, float]
    target: Target
    label: str
    method: str
    detections: tuple[Detection, ...]
    explained: tuple[Detection, ...]
    score: float | None
    message: str
