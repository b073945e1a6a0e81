"""What a network looks at: class activation maps for detectors."""

from yolo_slice.cam.detection import Detection
from yolo_slice.cam.explainer import Explainer
from yolo_slice.cam.explaining import explain
from yolo_slice.cam.explanation import Explanation
from yolo_slice.cam.image_input import read_image
from yolo_slice.cam.maps.merging import merge_maps, share_scale
from yolo_slice.cam.methods import METHODS, ActivationMethod, GradientMethod, MaskingMethod, Method, method_named
from yolo_slice.cam.target_words import parse_targets
from yolo_slice.cam.targets import (
    AllTarget,
    BoxTarget,
    ClassTarget,
    DetectionTarget,
    Pick,
    Target,
    UnionTarget,
)

__all__ = [
    "METHODS",
    "ActivationMethod",
    "AllTarget",
    "BoxTarget",
    "ClassTarget",
    "Detection",
    "DetectionTarget",
    "Explainer",
    "Explanation",
    "GradientMethod",
    "MaskingMethod",
    "Method",
    "Pick",
    "Target",
    "UnionTarget",
    "explain",
    "merge_maps",
    "method_named",
    "parse_targets",
    "read_image",
    "share_scale",
]
