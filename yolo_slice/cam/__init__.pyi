"""What `yolo_slice.cam` offers; loaded when it is asked for."""

from yolo_slice.cam.detection import Detection as Detection
from yolo_slice.cam.explainer import Explainer as Explainer
from yolo_slice.cam.explaining import explain as explain
from yolo_slice.cam.explaining import open_explainer as open_explainer
from yolo_slice.cam.explanation import Explanation as Explanation
from yolo_slice.cam.image_input import read_image as read_image
from yolo_slice.cam.maps.merging import merge_maps as merge_maps
from yolo_slice.cam.maps.merging import share_scale as share_scale
from yolo_slice.cam.method import ActivationMethod as ActivationMethod
from yolo_slice.cam.method import GradientMethod as GradientMethod
from yolo_slice.cam.method import MaskingMethod as MaskingMethod
from yolo_slice.cam.method import Method as Method
from yolo_slice.cam.method import PredictionMethod as PredictionMethod
from yolo_slice.cam.methods import METHODS as METHODS
from yolo_slice.cam.methods import method_named as method_named
from yolo_slice.cam.target_words import parse_targets as parse_targets
from yolo_slice.cam.targets import AllTarget as AllTarget
from yolo_slice.cam.targets import BoxTarget as BoxTarget
from yolo_slice.cam.targets import ClassTarget as ClassTarget
from yolo_slice.cam.targets import DetectionTarget as DetectionTarget
from yolo_slice.cam.targets import Pick as Pick
from yolo_slice.cam.targets import Target as Target
from yolo_slice.cam.targets import UnionTarget as UnionTarget
