"""COCO's and VOC's average precision of any detections against any ground truth."""

from yolo_slice.metrics.coco import SIZES_PX, CocoMetrics, SizeBin, evaluate_coco
from yolo_slice.metrics.detections import Detections
from yolo_slice.metrics.formats.opening import read_detections, read_truth
from yolo_slice.metrics.size_plot import plot_sizes
from yolo_slice.metrics.truth import Truth
from yolo_slice.metrics.voc import VocMetrics, evaluate_voc

__all__ = [
    "SIZES_PX",
    "CocoMetrics",
    "Detections",
    "SizeBin",
    "Truth",
    "VocMetrics",
    "evaluate_coco",
    "evaluate_voc",
    "plot_sizes",
    "read_detections",
    "read_truth",
]
