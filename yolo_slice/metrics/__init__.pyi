"""What `yolo_slice.metrics` offers; loaded when it is asked for."""

from yolo_slice.metrics.coco import CocoMetrics as CocoMetrics
from yolo_slice.metrics.coco import SizeBin as SizeBin
from yolo_slice.metrics.coco import evaluate_coco as evaluate_coco
from yolo_slice.metrics.detections import Detections as Detections
from yolo_slice.metrics.errors.gains import ErrorAnalysis as ErrorAnalysis
from yolo_slice.metrics.errors.gains import Losses as Losses
from yolo_slice.metrics.errors.gains import analyse_errors as analyse_errors
from yolo_slice.metrics.formats.opening import read_detections as read_detections
from yolo_slice.metrics.formats.opening import read_truth as read_truth
from yolo_slice.metrics.intervals.resampling import Resamples as Resamples
from yolo_slice.metrics.intervals.resampling import resample as resample
from yolo_slice.metrics.protocols.ai_tod import evaluate_aitod as evaluate_aitod
from yolo_slice.metrics.protocols.protocol import ProtocolMetrics as ProtocolMetrics
from yolo_slice.metrics.protocols.visdrone import evaluate_visdrone as evaluate_visdrone
from yolo_slice.metrics.settings import SIZES_PX as SIZES_PX
from yolo_slice.metrics.size_plot import plot_sizes as plot_sizes
from yolo_slice.metrics.truth import Truth as Truth
from yolo_slice.metrics.voc import VocMetrics as VocMetrics
from yolo_slice.metrics.voc import evaluate_voc as evaluate_voc
