"""What `yolo_slice.transfer` offers; loaded when it is asked for."""

from yolo_slice.transfer.conversion import convert_weights as convert_weights
from yolo_slice.transfer.resnet_weights import load_resnet as load_resnet
from yolo_slice.transfer.settings import Recipe as Recipe
from yolo_slice.transfer.swin_weights import load_swin as load_swin
