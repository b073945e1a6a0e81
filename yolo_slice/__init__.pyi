"""What `yolo_slice` offers; loaded when it is asked for."""

from ultralytics import YOLO as YOLO

from yolo_slice import cam as cam
from yolo_slice import compare as compare
from yolo_slice import complexity as complexity
from yolo_slice import data as data
from yolo_slice import demo as demo
from yolo_slice import deploy as deploy
from yolo_slice import metrics as metrics
from yolo_slice import transfer as transfer
from yolo_slice.blocks import *
from yolo_slice.cam import Explainer as Explainer
from yolo_slice.cam import Explanation as Explanation
from yolo_slice.cam import explain as explain
from yolo_slice.compare import Comparison as Comparison
from yolo_slice.compare import compare_folders as compare_folders
from yolo_slice.complexity import count_operations as count_operations
from yolo_slice.data import Conversion as Conversion
from yolo_slice.data import Report as Report
from yolo_slice.data import check_dataset as check_dataset
from yolo_slice.data import convert_dataset as convert_dataset
from yolo_slice.deploy import optimize as optimize
from yolo_slice.downsampling import Replacement as Replacement
from yolo_slice.downsampling import replace_downsampling as replace_downsampling
from yolo_slice.downsampling import wrap_bottlenecks as wrap_bottlenecks
from yolo_slice.errors import SliceError as SliceError
from yolo_slice.metrics import CocoMetrics as CocoMetrics
from yolo_slice.metrics import VocMetrics as VocMetrics
from yolo_slice.metrics import evaluate_coco as evaluate_coco
from yolo_slice.metrics import evaluate_voc as evaluate_voc
from yolo_slice.registry import Block as Block
from yolo_slice.registry import block as block
from yolo_slice.transfer import convert_weights as convert_weights
from yolo_slice.transfer import load_resnet as load_resnet

__version__: str
