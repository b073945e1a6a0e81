"""What a network looks at: class activation maps for detectors."""

from yolo_slice.cam.explainer import Explainer
from yolo_slice.cam.explanation import Detection, Explanation
from yolo_slice.cam.targets import AllTarget, BoxTarget, ClassTarget, DetectionTarget, Target, UnionTarget

__all__ = [
    "AllTarget",
    "BoxTarget",
    "ClassTarget",
    "Detection",
    "DetectionTarget",
    "Explainer",
    "Explanation",
    "Target",
    "UnionTarget",
]
